import { isBelow } from "../big-endian.ts";
import { type MclModule, mclBytes } from "./mcl-module.ts";

/** Most bytes that pass in or out at once. */
const scratchBytes = 96;

/** Moves field elements and scalars between big-endian bytes and an instance's memory. */
export class MclMemory {
  readonly mcl: MclModule;
  /** Bytes of a field element. */
  readonly fieldBytes: number;
  readonly #modulus: Uint8Array;
  readonly #scratch: number;
  #bytes: Uint8Array = new Uint8Array();

  /** `modulus` is that of the base field, as long as an element. */
  constructor(mcl: MclModule, modulus: Uint8Array) {
    this.mcl = mcl;
    this.fieldBytes = modulus.length;
    this.#modulus = modulus;
    this.#scratch = mcl._malloc(scratchBytes);
  }

  allocate(bytes: number): number {
    const at = this.mcl._malloc(bytes);
    if (at === 0) throw new Error(`Cannot allocate ${bytes} bytes: the instance is full`);
    return at;
  }

  /** Writes an element of the base field; false where the bytes are none. */
  setField(to: number, bytes: Uint8Array): boolean {
    if (!isBelow(bytes, this.#modulus)) return false;
    return this.mcl._mclBnFp_setBigEndianMod(to, this.stage(bytes), bytes.length) === 0;
  }

  /** Writes a scalar, reduced by the order of the group. */
  setScalar(to: number, bytes: Uint8Array): void {
    const code = this.mcl._mclBnFr_setBigEndianMod(to, this.stage(bytes), bytes.length);
    if (code !== 0) throw new Error(`Cannot set a scalar: mcl answers ${code}`);
  }

  /** Reads an element of the base field into the end of `target`, which is zeros before. */
  getField(from: number, target: Uint8Array): void {
    const length = this.mcl._mclBnFp_getLittleEndian(this.#scratch, scratchBytes, from);
    const bytes = this.#view();
    const last = target.length - 1;
    for (let at = 0; at < length; at++) target[last - at] = bytes[this.#scratch + at] ?? 0;
  }

  /** Puts bytes, at most 96, where the next call can read them; answers the place. */
  stage(bytes: Uint8Array): number {
    this.#view().set(bytes, this.#scratch);
    return this.#scratch;
  }

  copy(to: number, from: number, length: number): void {
    this.#view().copyWithin(to, from, from + length);
  }

  /** The memory may have grown since the last call. */
  #view(): Uint8Array {
    const { buffer } = this.mcl.wasmMemory;
    if (this.#bytes.buffer !== buffer) this.#bytes = new Uint8Array(buffer);
    return this.#bytes;
  }
}

/** Where field elements of a point begin, behind its own address. */
export const coordinates: Readonly<Record<"x" | "y" | "z", number>> = {
  x: 0,
  y: mclBytes.fp,
  z: 2 * mclBytes.fp,
};
