import { isZero } from "../big-endian.ts";
import type { Checkpoint } from "../crypto.ts";
import { MclMemory } from "./mcl-memory.ts";
import { type MclModule, mclBytes } from "./mcl-module.ts";

/** Points or pairs that are worked on at once. */
export const pairsAtOnce = 16;

/** Points that are multiplied at once: more are cheaper each. */
const scalarsAtOnce = 256;

export interface MclPairingOptions {
  /** As long as an element in the encoding. */
  readonly modulus: Uint8Array;
  /** Whether the imaginary part of an element of the extension field comes first. */
  readonly isImaginaryFirst: boolean;
}

/** A pairing-friendly curve in an instance of its own. Points are read into numbered places. */
export class MclPairingCurve {
  readonly mcl: MclModule;
  readonly memory: MclMemory;
  readonly #isImaginaryFirst: boolean;
  readonly #g1s: number;
  readonly #g2s: number;
  readonly #scalars: number;
  readonly #part: number;
  readonly #sum: number;
  readonly #gt: number;
  readonly #product: number;

  constructor(mcl: MclModule, { modulus, isImaginaryFirst }: MclPairingOptions) {
    this.mcl = mcl;
    const memory = new MclMemory(mcl, modulus);
    this.memory = memory;
    this.#isImaginaryFirst = isImaginaryFirst;
    this.#g1s = memory.allocate(scalarsAtOnce * mclBytes.g1);
    this.#g2s = memory.allocate(scalarsAtOnce * mclBytes.g2);
    this.#scalars = memory.allocate(scalarsAtOnce * mclBytes.fr);
    [this.#part, this.#sum] = [memory.allocate(mclBytes.g2), memory.allocate(mclBytes.g2)];
    [this.#gt, this.#product] = [memory.allocate(mclBytes.gt), memory.allocate(mclBytes.gt)];
    // Each operation says itself whether it needs points of the subgroup.
    mcl._mclBn_verifyOrderG1(0);
    mcl._mclBn_verifyOrderG2(0);
  }

  g1(place: number): number {
    return this.#g1s + place * mclBytes.g1;
  }

  g2(place: number): number {
    return this.#g2s + place * mclBytes.g2;
  }

  /** False for bytes that are no point of the curve. */
  setG1(to: number, bytes: Uint8Array): boolean {
    const { mcl, memory } = this;
    const split = memory.fieldBytes;
    if (isZero(bytes)) {
      mcl._mclBnG1_clear(to);
      return true;
    }
    if (!memory.setField(to, bytes.subarray(0, split))) return false;
    if (!memory.setField(to + mclBytes.fp, bytes.subarray(split))) return false;
    mcl._mclBnFp_setInt32(to + 2 * mclBytes.fp, 1);
    return mcl._mclBnG1_isValid(to) === 1;
  }

  setG2(to: number, bytes: Uint8Array): boolean {
    const { mcl } = this;
    const split = 2 * this.memory.fieldBytes;
    if (isZero(bytes)) {
      mcl._mclBnG2_clear(to);
      return true;
    }
    if (!this.setExtension(to, bytes.subarray(0, split))) return false;
    if (!this.setExtension(to + mclBytes.fp2, bytes.subarray(split))) return false;
    mcl._mclBnFp_setInt32(to + 2 * mclBytes.fp2, 1);
    mcl._mclBnFp_clear(to + 2 * mclBytes.fp2 + mclBytes.fp);
    return mcl._mclBnG2_isValid(to) === 1;
  }

  /** An element of the extension field. */
  setExtension(to: number, bytes: Uint8Array): boolean {
    const { memory } = this;
    const [first, second] = this.#halves(to);
    const split = memory.fieldBytes;
    if (!memory.setField(first, bytes.subarray(0, split))) return false;
    return memory.setField(second, bytes.subarray(split));
  }

  getG1(from: number): Uint8Array {
    const { fieldBytes } = this.memory;
    const bytes = new Uint8Array(2 * fieldBytes);
    if (this.mcl._mclBnG1_isZero(from) !== 0) return bytes;
    this.mcl._mclBnG1_normalize(from, from);
    this.memory.getField(from, bytes.subarray(0, fieldBytes));
    this.memory.getField(from + mclBytes.fp, bytes.subarray(fieldBytes));
    return bytes;
  }

  getG2(from: number): Uint8Array {
    const { fieldBytes } = this.memory;
    const bytes = new Uint8Array(4 * fieldBytes);
    if (this.mcl._mclBnG2_isZero(from) !== 0) return bytes;
    this.mcl._mclBnG2_normalize(from, from);
    const parts = [...this.#halves(from), ...this.#halves(from + mclBytes.fp2)];
    for (const [at, part] of parts.entries()) {
      this.memory.getField(part, bytes.subarray(at * fieldBytes, (at + 1) * fieldBytes));
    }
    return bytes;
  }

  /** Whether the product of the pairings is one; `undefined` where a point is not valid. */
  pairingCheck(input: Uint8Array, checkpoint?: Checkpoint): boolean | undefined {
    const { mcl } = this;
    mcl._mclBnGT_setInt32(this.#product, 1);
    const pairBytes = 6 * this.memory.fieldBytes;
    let count = 0;
    for (let at = 0; at < input.length; at += pairBytes) {
      const pair = this.#setPair(count, input.subarray(at, at + pairBytes));
      if (pair === "invalid") return undefined;
      if (pair === "pair") count++;
      if (count < pairsAtOnce) continue;
      checkpoint?.();
      this.#multiplyPairings(count);
      count = 0;
    }
    if (count > 0) this.#multiplyPairings(count);
    mcl._mclBn_finalExp(this.#gt, this.#product);
    return mcl._mclBnGT_isOne(this.#gt) !== 0;
  }

  /** The sum of scalar multiples of points in G1; `undefined` where a point is not valid. */
  multiScalarG1(input: Uint8Array, checkpoint?: Checkpoint): Uint8Array | undefined {
    const { mcl } = this;
    mcl._mclBnG1_clear(this.#sum);
    const isDone = this.#eachBatch(input, {
      pointBytes: 2 * this.memory.fieldBytes,
      set: (place, bytes) => this.#setSubgroupG1(place, bytes),
      add: (count) => {
        checkpoint?.();
        mcl._mclBnG1_mulVec(this.#part, this.#g1s, this.#scalars, count);
        mcl._mclBnG1_add(this.#sum, this.#sum, this.#part);
      },
    });
    return isDone ? this.getG1(this.#sum) : undefined;
  }

  multiScalarG2(input: Uint8Array, checkpoint?: Checkpoint): Uint8Array | undefined {
    const { mcl } = this;
    mcl._mclBnG2_clear(this.#sum);
    const isDone = this.#eachBatch(input, {
      pointBytes: 4 * this.memory.fieldBytes,
      set: (place, bytes) => this.#setSubgroupG2(place, bytes),
      add: (count) => {
        checkpoint?.();
        mcl._mclBnG2_mulVec(this.#part, this.#g2s, this.#scalars, count);
        mcl._mclBnG2_add(this.#sum, this.#sum, this.#part);
      },
    });
    return isDone ? this.getG2(this.#sum) : undefined;
  }

  #eachBatch(input: Uint8Array, batch: Batch): boolean {
    const { pointBytes, set, add } = batch;
    const pairBytes = pointBytes + 32;
    let count = 0;
    for (let at = 0; at < input.length; at += pairBytes) {
      if (!set(count, input.subarray(at, at + pointBytes))) return false;
      const scalar = input.subarray(at + pointBytes, at + pairBytes);
      this.memory.setScalar(this.#scalars + count * mclBytes.fr, scalar);
      count++;
      if (count < scalarsAtOnce) continue;
      add(count);
      count = 0;
    }
    if (count > 0) add(count);
    return true;
  }

  /** Reads a pair into a place; one with a point at infinity changes nothing in the product. */
  #setPair(place: number, bytes: Uint8Array): "pair" | "neutral" | "invalid" {
    const split = 2 * this.memory.fieldBytes;
    const isValid =
      this.#setSubgroupG1(place, bytes.subarray(0, split)) &&
      this.#setSubgroupG2(place, bytes.subarray(split));
    if (!isValid) return "invalid";
    const isNeutral =
      this.mcl._mclBnG1_isZero(this.g1(place)) !== 0 ||
      this.mcl._mclBnG2_isZero(this.g2(place)) !== 0;
    return isNeutral ? "neutral" : "pair";
  }

  #setSubgroupG1(place: number, bytes: Uint8Array): boolean {
    const at = this.g1(place);
    return this.setG1(at, bytes) && this.mcl._mclBnG1_isValidOrder(at) === 1;
  }

  #setSubgroupG2(place: number, bytes: Uint8Array): boolean {
    const at = this.g2(place);
    return this.setG2(at, bytes) && this.mcl._mclBnG2_isValidOrder(at) === 1;
  }

  #multiplyPairings(count: number): void {
    const { mcl } = this;
    mcl._mclBn_millerLoopVec(this.#gt, this.#g1s, this.#g2s, count);
    mcl._mclBnGT_mul(this.#product, this.#product, this.#gt);
  }

  /** The halves of an element of the extension field, in the order of the encoding. */
  #halves(at: number): readonly [number, number] {
    return this.#isImaginaryFirst ? [at + mclBytes.fp, at] : [at, at + mclBytes.fp];
  }
}

interface Batch {
  readonly pointBytes: number;
  readonly set: (place: number, bytes: Uint8Array) => boolean;
  readonly add: (count: number) => void;
}
