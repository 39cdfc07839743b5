import { type Feature, features } from "../feature.ts";
import { coreOpcodes } from "./core-opcodes.ts";
import type { NanShape, OpcodeRow } from "./opcode-row.ts";
import { operandAtoms } from "./operand-atom.ts";
import { atomicOpcodes, bulkOpcodes, gcOpcodes } from "./prefixed-opcodes.ts";
import { simdOpcodes } from "./simd-opcodes.ts";

/**
 * Opcodes get dense codes, so that tables are plain arrays: one-byte opcodes keep their value, the
 * opcodes behind a prefix byte follow in groups.
 */
export const denseGroups: readonly {
  readonly prefix: number;
  readonly base: number;
  readonly size: number;
  readonly rows: readonly OpcodeRow[];
}[] = [
  { prefix: 0, base: 0, size: 0x100, rows: coreOpcodes },
  { prefix: 0xfb, base: 0x100, size: 0x40, rows: gcOpcodes },
  { prefix: 0xfc, base: 0x140, size: 0x40, rows: bulkOpcodes },
  { prefix: 0xfd, base: 0x180, size: 0x120, rows: simdOpcodes },
  { prefix: 0xfe, base: 0x2a0, size: 0x60, rows: atomicOpcodes },
];

const codesCount = 0x300;

/** Text names by code; empty where a code is unassigned. */
export const opcodeNames: readonly string[] = new Array<string>(codesCount).fill("");
/** The first and second operand atom by code (`operandAtoms`). */
export const firstAtoms: Uint8Array = new Uint8Array(codesCount);
export const secondAtoms: Uint8Array = new Uint8Array(codesCount);
/** Stack effect by code, without what a type of the module decides. */
export const popCounts: Uint8Array = new Uint8Array(codesCount);
export const pushCounts: Uint8Array = new Uint8Array(codesCount);
/** Index into `nanShapes` plus one, or 0. */
export const nanShapeCodes: Uint8Array = new Uint8Array(codesCount);
/** A bit of the feature set, or 0. */
export const featureBits: Uint32Array = new Uint32Array(codesCount);

/** The float shapes that `nanShapeCodes` counts. */
export const nanShapes: readonly NanShape[] = ["f32", "f64", "f32x4", "f64x2"];

/** The bit of a feature in a feature set. */
export function featureBit(feature: Feature): number {
  return 1 << features.indexOf(feature);
}

/** The dense code of an opcode behind a prefix byte, or -1. */
export function denseCode(prefix: number, sub: number): number {
  const group = denseGroups.find((each) => each.prefix === prefix);
  return group === undefined || sub >= group.size ? -1 : group.base + sub;
}

/** The code of a name, for tests and emitters; the first of two that share a name. */
export function codeOf(name: string): number {
  const code = opcodeNames.indexOf(name);
  if (code < 0) throw new Error(`No opcode is named ${name}`);
  return code;
}

/** The opcode as it stands in the binary: one byte, or `prefix << 12 | number` behind a prefix. */
export function binaryOpcode(code: number): number {
  if (code < 0x100) return code;
  const group = denseGroups.findLast((each) => each.base <= code);
  if (group === undefined) return code;
  return (group.prefix << 12) | (code - group.base);
}

for (const { base, rows } of denseGroups) for (const row of rows) fillRow(base, row);

function fillRow(base: number, row: OpcodeRow): void {
  const [first = "none", second = "none"] = (row.operands ?? "none").split(" ");
  row.names.split(" ").forEach((name, index) => {
    if (name === "-") return;
    const code = base + row.first + index;
    (opcodeNames as string[])[code] = name;
    firstAtoms[code] = operandAtoms.indexOf(first);
    secondAtoms[code] = operandAtoms.indexOf(second);
    popCounts[code] = row.pops ?? 0;
    pushCounts[code] = row.pushes ?? 0;
    nanShapeCodes[code] = row.nan === undefined ? 0 : nanShapes.indexOf(row.nan) + 1;
    featureBits[code] = row.feature === undefined ? 0 : featureBit(row.feature);
  });
}
