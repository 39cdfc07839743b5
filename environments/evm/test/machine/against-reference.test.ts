import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { portableCrypto } from "../../src/crypto/portable/portable-crypto.ts";
import { type ForkName, forkNames, forkOf } from "../../src/forks/fork.ts";
import { instructionSetOf } from "../../src/instructions/instruction-set.ts";
import { ReferenceTransactor } from "../../src/reference/reference-transactor.ts";
import { EngineTransactor } from "../../src/transition/engine-transactor.ts";
import { MemoryWorld, type PlainAccount } from "../../src/transition/memory-world.ts";
import type { TransactionRequest, Transactor } from "../../src/transition/transactor.ts";
import { addressOf, callee, contextOf, interpreter, keccak256, sender, word } from "./rig.ts";

/** One instruction with the operands that it finds on the stack, the top one first. */
interface Piece {
  readonly opcode: number;
  readonly operands: readonly bigint[];
}

const [helper, absent] = [addressOf(0x11), addressOf(0x22)];
const account = (address: Uint8Array): bigint =>
  BigInt(`0x${Buffer.from(address).toString("hex")}`);
const places = [helper, absent, callee, sender, addressOf(1), addressOf(2), addressOf(4)];
const small = fc.bigInt({ min: 0n, max: 200n });
const any = fc.oneof(small, fc.bigInt({ min: 0n, max: 2n ** 256n - 1n }));
const place = fc.constantFrom(...places.map(account));
const value = fc.constantFrom(0n, 0n, 1n, 3n, 10n ** 30n);
const gas = fc.constantFrom(0n, 100n, 3_000n, 40_000n, 2n ** 200n);
const slot = fc.constantFrom(0n, 1n, 2n);

function piece(opcode: number, ...operands: readonly fc.Arbitrary<bigint>[]): fc.Arbitrary<Piece> {
  return fc.tuple(...operands).map((chosen) => ({ opcode, operands: chosen }));
}

/** What deserves it most: world, calls, creations, memory. */
const pieces = fc.oneof(
  piece(0x55, slot, fc.constantFrom(0n, 1n, 2n)),
  piece(0x54, slot),
  piece(0x5d, slot, small),
  piece(0x5c, slot),
  piece(0x31, place),
  piece(0x3b, place),
  piece(0x3f, place),
  piece(0x3c, place, small, small, small),
  piece(0x40, fc.bigInt({ min: 700n, max: 1_100n })),
  piece(0xf1, gas, place, value, small, small, small, small),
  piece(0xf2, gas, place, value, small, small, small, small),
  piece(0xf4, gas, place, small, small, small, small),
  piece(0xfa, gas, place, small, small, small, small),
  piece(0xf0, value, fc.constant(0n), fc.constantFrom(0n, 5n, 40n)),
  piece(0xf5, value, fc.constant(0n), fc.constantFrom(0n, 5n, 40n), small),
  piece(0xa2, small, small, any, any),
  piece(0x20, small, small),
  piece(0x52, small, any),
  piece(0x53, small, any),
  piece(0x51, small),
  piece(0x5e, small, small, small),
  piece(0x37, small, any, small),
  piece(0x39, small, any, small),
  piece(0x3e, small, fc.constantFrom(0n, 1n, 40n), small),
  piece(0x35, any),
  piece(0x0a, any, any),
  piece(0x49, small),
  fc
    .constantFrom(0x30, 0x32, 0x33, 0x34, 0x36, 0x38, 0x3a, 0x3d, 0x41, 0x42, 0x43, 0x44, 0x45)
    .map((opcode) => ({ opcode, operands: [] })),
  fc
    .constantFrom(0x46, 0x47, 0x48, 0x4a, 0x58, 0x59, 0x5a, 0x5f, 0x80, 0x50)
    .map((opcode) => ({ opcode, operands: [] })),
);

const ends = [
  { opcode: 0x00, operands: [] },
  { opcode: 0xf3, operands: [0n, 64n] },
  { opcode: 0xf3, operands: [0n, 5n] },
  { opcode: 0xfd, operands: [0n, 32n] },
  { opcode: 0xff, operands: [account(absent)] },
  { opcode: 0xff, operands: [account(callee)] },
  { opcode: 0xfe, operands: [] },
] as const satisfies readonly Piece[];

/** Initial memory makes creations run something: a log, a slot, code to deploy. */
const prelude: readonly Piece[] = [
  { opcode: 0x52, operands: [0n, BigInt(`0x600160005560206000f3${"00".repeat(22)}`)] },
];

const program = fc
  .tuple(fc.array(pieces, { minLength: 1, maxLength: 9 }), fc.constantFrom(...ends))
  .map(([body, end]) => [...prelude, ...body, end]);

/** Keeps what an instruction answers: the top goes to memory, so that outputs and hashes show it. */
function assemble(parts: readonly Piece[], fork: ForkName): Uint8Array {
  const { isDefined, pushes } = instructionSetOf(forkOf(fork));
  const bytes: number[] = [];
  let at = 64;
  for (const { opcode, operands } of parts) {
    // An instruction that the fork does not have ends everything: half of them stay out.
    if (isDefined[opcode] !== 1 && operands.length > 0) continue;
    for (const operand of operands.toReversed()) bytes.push(...push(operand));
    bytes.push(opcode);
    if (pushes[opcode] === 1) bytes.push(0x60, at, 0x52);
    at = 64 + ((at - 32) % 128);
  }
  return Uint8Array.from(bytes);
}

function push(operand: bigint): readonly number[] {
  const hex = operand.toString(16);
  const even = Buffer.from(hex.padStart(hex.length + (hex.length % 2), "0"), "hex");
  return [0x5f + even.length, ...even];
}

function request(fork: ForkName, input: Uint8Array): TransactionRequest {
  const { block } = contextOf({ engine: interpreter(), code: new Uint8Array() });
  const hasBaseFee = forkOf(fork).rules.hasBaseFee;
  return {
    fork: forkOf(fork),
    block: { ...block, baseFee: hasBaseFee ? 7n : 0n },
    transaction: {
      type: 0,
      sender,
      nonce: 1n,
      gasLimit: 400_000n,
      to: callee,
      value: 2n,
      data: input,
      maxFeePerGas: 10n,
      maxPriorityFeePerGas: 10n,
      accessList: [],
      maxFeePerBlobGas: 0n,
      blobHashes: [],
      authorizations: [],
    },
  };
}

function world(code: Uint8Array, helperCode: Uint8Array): MemoryWorld {
  const plain = { nonce: 1n, balance: 10n ** 20n, storage: [] };
  const accounts: readonly PlainAccount[] = [
    { ...plain, address: sender, code: new Uint8Array() },
    { ...plain, address: callee, code, storage: [[word(1n), word(2n)]] },
    { ...plain, address: helper, balance: 3n, code: helperCode },
  ];
  return MemoryWorld.of(accounts, keccak256);
}

async function outcome(
  transactor: Transactor,
  {
    fork,
    from,
    input,
  }: { readonly fork: ForkName; readonly from: MemoryWorld; readonly input: Uint8Array },
): Promise<unknown> {
  const result = await transactor.transact(request(fork, input), from);
  if (result.kind !== "included") return result.kind;
  const { isSuccess, gasUsed, logs, output } = result.receipt;
  const root = Buffer.from(from.after(result.changes).root()).toString("hex");
  return { isSuccess, gasUsed, root, logs, output };
}

describe("the interpreter agrees with the reference on random programs", () => {
  using compiled = new EngineTransactor(interpreter(), portableCrypto);
  using reference = new ReferenceTransactor(portableCrypto);

  for (const fork of forkNames) {
    it(fork, async () => {
      await fc.assert(
        fc.asyncProperty(
          program,
          program,
          fc.uint8Array({ maxLength: 70 }),
          async (a, b, input) => {
            const from = world(assemble(a, fork), assemble(b, fork));
            const own = await outcome(compiled, { fork, from, input });
            expect(own).toEqual(await outcome(reference, { fork, from, input }));
          },
        ),
        { numRuns: 40 },
      );
    });
  }
});
