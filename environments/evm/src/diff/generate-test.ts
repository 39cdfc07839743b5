import { forkOfLabel } from "../statetest/fork-label.ts";
import type { Dice } from "./dice.ts";
import { generateCode } from "./generate-code.ts";
import { interestingWord } from "./interesting.ts";
import {
  type AccountJson,
  addressText,
  hexOf,
  quantity,
  type TestJson,
  type TransactionJson,
} from "./test-json.ts";

/** Forks by how often they are taken. */
const forks = {
  Frontier: 2,
  Homestead: 2,
  EIP150: 2,
  EIP158: 2,
  Byzantium: 3,
  ConstantinopleFix: 3,
  Istanbul: 4,
  Berlin: 5,
  London: 5,
  Shanghai: 6,
  Cancun: 12,
  Prague: 12,
  Osaka: 42,
} as const;

const sender = 0xa94f5374fce5edbc8e2a8697c15331677e6ebf0bn;
const coinbase = 0x2adc25665018aa1fe0e6bc666dac8fc2697ff9ban;
const contracts = [0x1000n, 0x1100n, 0x1200n, 0x1300n];
/** An account without code, nobody, and the precompiles that take any bytes. */
const others = [0x2000n, 0x3000n, 1n, 2n, 3n, 4n, 5n, 6n, 7n, 8n, 9n, 0xan, 0xbn, 0x100n];

/** A world of contracts that call each other, and a transaction into it. */
export function generateTest(dice: Dice): TestJson {
  const label = dice.weighted(forks);
  const fork = forkOfLabel(label)?.fork;
  if (fork === undefined) throw new Error(`Cannot generate for ${label}: there is no such fork`);
  const addresses = [...contracts, ...contracts, ...others, sender, coinbase];
  const code = (statements: number) => generateCode({ dice, fork, addresses, statements });
  const pre: Record<string, AccountJson> = {
    [addressText(sender)]: { ...plainAccount, balance: quantity(10n ** 20n) },
    [addressText(0x2000n)]: { ...plainAccount, balance: "0x5" },
  };
  for (const address of contracts.slice(0, 1 + dice.below(contracts.length))) {
    pre[addressText(address)] = {
      nonce: "0x1",
      balance: quantity(dice.pick([0, 0, 5, 2 ** 40])),
      code: hexOf(code(4 + dice.below(30))),
      storage: storage(dice),
    };
  }
  return {
    env: environment(dice),
    pre,
    transaction: transaction(dice, { code, hasAccessLists: fork.rules.hasAccessList }),
    post: { [label]: [unknownPost] },
  };
}

const plainAccount: AccountJson = { nonce: "0x0", balance: "0x0", code: "0x", storage: {} };

const zeros = `0x${"00".repeat(32)}`;

/** Filled in when the case is kept. */
const unknownPost = { hash: zeros, logs: zeros, indexes: { data: 0, gas: 0, value: 0 } } as const;

function storage(dice: Dice): Readonly<Record<string, string>> {
  const slots = Array.from({ length: dice.below(4) }, () => dice.below(6));
  return Object.fromEntries(slots.map((slot) => [quantity(slot), quantity(1 + dice.below(3))]));
}

function environment(dice: Dice): TestJson["env"] {
  return {
    currentCoinbase: addressText(coinbase),
    currentGasLimit: "0x1c9c380",
    currentNumber: quantity(1 + dice.below(1_000)),
    currentTimestamp: quantity(1_000 + dice.below(1_000_000)),
    currentDifficulty: "0x20000",
    currentRandom: hexOf(dice.bytes(32)),
    currentBaseFee: "0x7",
    currentExcessBlobGas: "0x0",
  };
}

interface Choices {
  readonly code: (statements: number) => Uint8Array;
  readonly hasAccessLists: boolean;
}

function transaction(dice: Dice, { code, hasAccessLists }: Choices): TransactionJson {
  const isCreation = dice.percent(12);
  const data = isCreation ? code(3 + dice.below(15)) : callData(dice);
  const gas = dice.weighted({ much: 6, some: 3, little: 1 });
  const gasLimit = {
    much: 900_000,
    some: 60_000 + dice.below(300_000),
    little: 21_000 + dice.below(9_000),
  };
  const entries = Array.from({ length: dice.below(3) }, () => ({
    address: addressText(dice.pick([...contracts, 0x2000n, 0x3000n])),
    storageKeys: Array.from({ length: dice.below(3) }, () => quantity(dice.below(6))),
  }));
  return {
    data: [hexOf(data)],
    gasLimit: [quantity(gasLimit[gas])],
    value: [quantity(dice.percent(70) ? 0 : dice.pick([1, 1_000, 2 ** 40]))],
    gasPrice: "0xa",
    nonce: "0x0",
    to: isCreation ? "" : addressText(contracts[0] ?? 0n),
    sender: addressText(sender),
    ...(hasAccessLists && dice.percent(40) && { accessLists: [entries] }),
  };
}

function callData(dice: Dice): Uint8Array {
  const words = Array.from({ length: dice.below(4) }, () => interestingWord(dice));
  const bytes = words.map((each) => Buffer.from(each.toString(16).padStart(64, "0"), "hex"));
  return Buffer.concat([...bytes, dice.bytes(dice.below(8))]);
}
