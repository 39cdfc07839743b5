import { readFileSync } from "node:fs";
import type { Dice } from "./random-batches.ts";

/** Accounts by address, as a genesis has them. */
export type Alloc = Record<
  string,
  {
    readonly balance: string;
    readonly nonce?: string;
    readonly code?: string;
    readonly storage?: Readonly<Record<string, string>>;
  }
>;

const house = new URL("../../../../", import.meta.url);

export const tokenCode: string = readFileSync(
  new URL("examples/evm/token.hex", house),
  "utf8",
).trim();

/** Addresses of the contracts that every world here has. */
export const contracts: Readonly<
  Record<"token" | "counter" | "chain" | "breaker" | "logger", string>
> = {
  token: address(0x7000),
  counter: address(0x7001),
  chain: address(0x7002),
  breaker: address(0x7003),
  logger: address(0x7004),
};

/** A chain without fees, whose senders are named. */
export const chainText: string = JSON.stringify({
  format: "evm-chain/1",
  chainId: 7,
  gasLimit: 3_000_000,
  unsigned: true,
});

export function address(number: number): string {
  return `0x${number.toString(16).padStart(40, "0")}`;
}

export function holder(index: number): string {
  return address(0x1_0000 + index);
}

/** Holders with wei and tokens, and contracts that are hard for schedulers. */
export function worldOf(holders: number, keccak256: (bytes: Uint8Array) => Uint8Array): Alloc {
  const storage: Record<string, string> = {};
  const alloc: Alloc = {};
  for (let index = 0; index < holders; index++) {
    alloc[holder(index)] = { balance: "0x56bc75e2d63100000" };
    const key = Buffer.concat([wordOf(holder(index)), Buffer.alloc(32)]);
    storage[`0x${Buffer.from(keccak256(key)).toString("hex")}`] = "0x3e8";
  }
  alloc[contracts.token] = { balance: "0x0", nonce: "0x1", code: tokenCode, storage };
  // SSTORE(0, SLOAD(0) + 1)
  alloc[contracts.counter] = { balance: "0x0", nonce: "0x1", code: "0x5f546001015f55" };
  // SSTORE(n + 1, SLOAD(n) + 1) for the n of the call data
  alloc[contracts.chain] = { balance: "0x0", nonce: "0x1", code: "0x5f3580546001019060010155" };
  // SSTORE(0, SLOAD(0) + 1), then an opcode that there is not
  alloc[contracts.breaker] = { balance: "0x0", nonce: "0x1", code: "0x5f546001015f55fe" };
  // LOG1 of the call data's first word
  alloc[contracts.logger] = { balance: "0x0", nonce: "0x1", code: "0x5f355f52600760205fa1" };
  return alloc;
}

/** A transaction without a signature. */
export interface UnsignedCall {
  readonly from: string;
  readonly to?: string;
  readonly value?: string;
  readonly gas?: string;
  readonly data?: string;
}

export function transfer(from: number, to: number, amount: number): UnsignedCall {
  const data = `0xa9059cbb${hex(wordOf(holder(to)))}${hex(wordOfNumber(amount))}`;
  return { from: holder(from), to: contracts.token, data, gas: "0x186a0" };
}

/** Any transaction: most do something, some revert, fail, or are refused. */
export function randomCall(dice: Dice, holders: number): UnsignedCall {
  const from = dice.below(holders);
  const to = dice.below(holders);
  const word = `0x${hex(wordOfNumber(dice.below(6)))}`;
  switch (dice.below(10)) {
    case 0:
      return { from: holder(from), to: holder(to), value: `0x${dice.below(5_000).toString(16)}` };
    case 1:
      return { from: holder(from), to: contracts.counter };
    case 2:
      return { from: holder(from), to: contracts.chain, data: word };
    case 3:
      return { from: holder(from), to: contracts.breaker, gas: "0xc350" };
    case 4:
      return { from: holder(from), to: contracts.logger, data: word };
    case 5:
      // Creates a contract whose code is one zero byte.
      return { from: holder(from), data: "0x60015ff3" };
    case 6:
      return { from: address(0x99_9999), to: holder(to), value: "0x1" };
    case 7:
      return { from: holder(from), to: contracts.counter, gas: "0x5300" };
    default:
      return transfer(from, to, dice.below(400));
  }
}

/** Batches that were thought of to be hard, by what they are. */
export const adversaries: Readonly<
  Record<string, (index: number, holders: number, dice: Dice) => UnsignedCall>
> = {
  "all add to one slot": (index, holders) => ({
    from: holder(index % holders),
    to: contracts.counter,
  }),
  "one sender": (index, holders) => transfer(0, 1 + (index % (holders - 1)), 1),
  "one recipient": (index, holders) => transfer(1 + (index % (holders - 1)), 0, 1),
  "tokens go round": (index, holders) => transfer(index % holders, (index + 1) % holders, 900),
  "a chain of slots": (index, holders) => ({
    from: holder(index % holders),
    to: contracts.chain,
    data: `0x${hex(wordOfNumber(index))}`,
  }),
  "nothing in common": (index, holders) =>
    transfer((2 * index) % holders, (2 * index + 1) % holders, 1),
  "half fail": (index, holders) => ({
    from: holder(index % holders),
    to: index % 2 === 0 ? contracts.counter : contracts.breaker,
    gas: "0xc350",
  }),
  "wei goes round": (index, holders) => ({
    from: holder(index % holders),
    to: holder((index + 1) % holders),
    value: "0x56bc75e2d63100000",
  }),
};

function wordOf(text: string): Buffer {
  return Buffer.from(text.slice(2).padStart(64, "0"), "hex");
}

function wordOfNumber(value: number): Buffer {
  return Buffer.from(value.toString(16).padStart(64, "0"), "hex");
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("hex");
}
