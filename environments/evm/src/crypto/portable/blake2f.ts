import { blake2Mixes, blake2Rounds, blake2Start } from "../blake2-schedule.ts";
import type { Checkpoint } from "../crypto.ts";

/** Rounds between two looks at the checkpoint. */
const roundsPerSlice = 1_000;

/** The compression function of BLAKE2b, on big integers (EIP-152; RFC 7693, 3.2). */
export function blake2f(input: Uint8Array, checkpoint?: Checkpoint): Uint8Array {
  const view = new DataView(input.buffer, input.byteOffset, input.byteLength);
  const words = (at: number, count: number) =>
    BigUint64Array.from({ length: count }, (_, index) => view.getBigUint64(at + 8 * index, true));
  const state = words(4, 8);
  const [message, offsets] = [words(68, 16), words(196, 2)];
  const work = BigUint64Array.of(...state, ...blake2Start);
  xorInto(work, { at: 12, words: offsets });
  if (input[212] === 1) xorInto(work, { at: 14, words: [0xffffffffffffffffn] });
  const rounds = view.getUint32(0);
  for (let round = 0; round < rounds; round++) {
    if (round % roundsPerSlice === 0) checkpoint?.();
    mixRound(work, { message, order: blake2Rounds[round % 10] ?? [] });
  }
  xorInto(state, { at: 0, words: work.subarray(0, 8) });
  xorInto(state, { at: 0, words: work.subarray(8) });
  return new Uint8Array(state.buffer);
}

function xorInto(
  target: BigUint64Array,
  { at, words }: { readonly at: number; readonly words: ArrayLike<bigint> },
): void {
  for (let index = 0; index < words.length; index++) {
    target[at + index] = word(target, at + index) ^ word(words, index);
  }
}

function word(words: ArrayLike<bigint>, at: number): bigint {
  return words[at] ?? 0n;
}

interface Round {
  readonly message: BigUint64Array;
  readonly order: readonly number[];
}

function mixRound(v: BigUint64Array, { message, order }: Round): void {
  for (const [index, [a, b, c, d]] of blake2Mixes.entries()) {
    const x = word(message, order[2 * index] ?? 0);
    const y = word(message, order[2 * index + 1] ?? 0);
    v[a] = word(v, a) + word(v, b) + x;
    v[d] = rotateRight(word(v, d) ^ word(v, a), 32n);
    v[c] = word(v, c) + word(v, d);
    v[b] = rotateRight(word(v, b) ^ word(v, c), 24n);
    v[a] = word(v, a) + word(v, b) + y;
    v[d] = rotateRight(word(v, d) ^ word(v, a), 16n);
    v[c] = word(v, c) + word(v, d);
    v[b] = rotateRight(word(v, b) ^ word(v, c), 63n);
  }
}

function rotateRight(value: bigint, bits: bigint): bigint {
  return (value >> bits) | (value << (64n - bits));
}
