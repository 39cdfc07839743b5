import type { EngineMemory } from "@bedplate/wasm-module";
import { versionOf } from "../version-of.ts";

/** The functions of `mcl-wasm` that are used here: pointers into its memory, C's way of answering. */
export interface MclModule {
  readonly wasmMemory: EngineMemory;
  _malloc(bytes: number): number;
  _mclBn_init(curve: number, compiledTimeVar: number): number;
  _mclBn_setMapToMode(mode: number): number;
  _mclBn_verifyOrderG1(isOn: number): void;
  _mclBn_verifyOrderG2(isOn: number): void;
  _mclBn_setETHserialization(isOn: number): void;
  _mclBn_millerLoopVec(gt: number, g1s: number, g2s: number, count: number): void;
  _mclBn_finalExp(to: number, from: number): void;
  _mclBnFr_setBigEndianMod(to: number, bytes: number, length: number): number;
  _mclBnFr_neg(to: number, from: number): void;
  _mclBnFr_mul(to: number, a: number, b: number): void;
  _mclBnFr_div(to: number, a: number, b: number): void;
  _mclBnFp_setBigEndianMod(to: number, bytes: number, length: number): number;
  _mclBnFp_getLittleEndian(bytes: number, room: number, from: number): number;
  _mclBnFp_setInt32(to: number, value: number): void;
  _mclBnFp_clear(to: number): void;
  _mclBnFp_isOdd(from: number): number;
  _mclBnFp_neg(to: number, from: number): void;
  _mclBnFp_add(to: number, a: number, b: number): void;
  _mclBnFp_sqr(to: number, from: number): void;
  _mclBnFp_mul(to: number, a: number, b: number): void;
  _mclBnFp_squareRoot(to: number, from: number): number;
  _mclBnFp_mapToG1(to: number, from: number): number;
  _mclBnFp2_mapToG2(to: number, from: number): number;
  _mclBnG1_getBasePoint(to: number): void;
  _mclBnG1_deserialize(to: number, bytes: number, length: number): number;
  _mclBnG1_clear(to: number): void;
  _mclBnG1_isZero(from: number): number;
  _mclBnG1_isValid(from: number): number;
  _mclBnG1_isValidOrder(from: number): number;
  _mclBnG1_neg(to: number, from: number): void;
  _mclBnG1_add(to: number, a: number, b: number): void;
  _mclBnG1_mul(to: number, point: number, scalar: number): void;
  _mclBnG1_mulVec(to: number, points: number, scalars: number, count: number): void;
  _mclBnG1_normalize(to: number, from: number): void;
  _mclBnG2_deserialize(to: number, bytes: number, length: number): number;
  _mclBnG2_clear(to: number): void;
  _mclBnG2_isZero(from: number): number;
  _mclBnG2_isValid(from: number): number;
  _mclBnG2_isValidOrder(from: number): number;
  _mclBnG2_add(to: number, a: number, b: number): void;
  _mclBnG2_mulVec(to: number, points: number, scalars: number, count: number): void;
  _mclBnG2_normalize(to: number, from: number): void;
  _mclBnGT_setInt32(to: number, value: number): void;
  _mclBnGT_isOne(from: number): number;
  _mclBnGT_mul(to: number, a: number, b: number): void;
}

/** Makes an instance with a memory of its own; one instance knows one curve. */
export type MclFactory = (options: {
  readonly cryptoGetRandomValues: () => void;
}) => Promise<MclModule>;

/** Numbers of curves in `mcl/curve_type.h`. */
export const mclCurves = { bn254: 4, bls12: 5, secp256k1: 102, p256: 107 } as const;

/** Sizes of values in memory, in bytes, whatever the curve. */
export const mclBytes = { fr: 32, fp: 48, fp2: 96, g1: 144, g2: 288, gt: 576 } as const;

/** Ten times the words of a scalar, and the words of a field element: the build's sizes. */
const compiledTimeVar = 46;

/** Finds the factory and its version; rejects where the package is not there. */
export async function loadMcl(): Promise<{
  readonly create: MclFactory;
  readonly version: string;
}> {
  // Not the package's own entry: that has one instance, for one curve.
  const path = "mcl-wasm/dist/mcl_c.js";
  const [loaded, version] = await Promise.all([
    import(path) as Promise<{ readonly default: MclFactory }>,
    versionOf("mcl-wasm"),
  ]);
  return { create: loaded.default, version };
}

export async function openMclCurve(
  create: MclFactory,
  curve: keyof typeof mclCurves,
): Promise<MclModule> {
  const mcl = await create({
    cryptoGetRandomValues: () => {
      throw new Error("Cannot draw random bytes: nothing here needs any");
    },
  });
  const code = mcl._mclBn_init(mclCurves[curve], compiledTimeVar);
  if (code !== 0) throw new Error(`Cannot set up the curve ${curve}: mcl answers ${code}`);
  return mcl;
}
