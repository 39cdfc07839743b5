import { bytesOf } from "../big-endian.ts";
import { bls12Order } from "../curve-numbers.ts";
import type { Precompile } from "./precompile.ts";

/** First byte of a blob's versioned hash (EIP-4844). */
const hashVersion = 1;

/** Field elements of a blob, and the modulus that they are below. */
const answer: Uint8Array = Uint8Array.of(...bytesOf(4_096n, 32), ...bls12Order);

/** Whether the blob of a versioned hash has a value at a point (EIP-4844). */
export const kzgPrecompile: Precompile = {
  name: "kzg-point-evaluation",
  address: 0x0a,
  since: "cancun",
  gas: () => 50_000n,
  run(input, { crypto }) {
    if (input.length !== 192) return undefined;
    const commitment = input.subarray(96, 144);
    const hash = crypto.sha256(commitment);
    hash[0] = hashVersion;
    if (!hash.every((each, at) => each === input[at])) return undefined;
    const [z, y, proof] = [input.subarray(32, 64), input.subarray(64, 96), input.subarray(144)];
    return crypto.verifyKzgProof({ commitment, z, y, proof }) ? answer.slice() : undefined;
  },
};
