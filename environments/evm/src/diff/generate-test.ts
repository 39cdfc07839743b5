import type { Fork } from "../forks/fork.ts";
import { forkOfLabel } from "../statetest/fork-label.ts";
import { authorityAddresses } from "./authorities.ts";
import type { Dice } from "./dice.ts";
import { generateCode, generateInitCode, generateRecursion } from "./generate-code.ts";
import { generateTransaction, sender } from "./generate-transaction.ts";
import { interestingWord, wei } from "./interesting.ts";
import {
  type AccountJson,
  addressText,
  hexOf,
  type PostJson,
  quantity,
  type TestJson,
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

const coinbase = 0x2adc25665018aa1fe0e6bc666dac8fc2697ff9ban;
const contracts = [0x1000n, 0x1100n, 0x1200n, 0x1300n];
/** An account without code, nobody, and the precompiles that take any bytes. */
const others = [0x2000n, 0x3000n, 1n, 2n, 3n, 4n, 5n, 6n, 7n, 8n, 9n, 0xan, 0xbn, 0x100n];

/** Share of tests about frames as deep as they go. */
const deepShare = 1;

/** A world of contracts that call each other, and a transaction into it. */
export function generateTest(dice: Dice): TestJson {
  const label = dice.weighted(forks);
  const fork = forkOfLabel(label)?.fork;
  if (fork === undefined) throw new Error(`Cannot generate for ${label}: there is no such fork`);
  return dice.percent(deepShare)
    ? deepTest(dice, { label, fork })
    : wideTest(dice, { label, fork });
}

interface Place {
  readonly label: string;
  readonly fork: Fork;
}

function wideTest(dice: Dice, { label, fork }: Place): TestJson {
  const signers = fork.rules.hasDelegation ? authorityAddresses() : [];
  const present = contracts.slice(0, 1 + dice.below(contracts.length));
  const addresses = addressesOf(present, signers);
  const pre: Record<string, AccountJson> = {
    [addressText(sender)]: senderAccount(dice, fork),
    [addressText(0x2000n)]: {
      ...plainAccount,
      balance: quantity(dice.percent(70) ? 5 : wei(dice)),
    },
    ...delegators(dice, signers),
  };
  for (const address of present) {
    const code = generateCode({ dice, fork, addresses, statements: 4 + dice.below(36) });
    pre[addressText(address)] = contract(dice, code);
  }
  if (dice.percent(10))
    pre[addressText(coinbase)] = { ...plainAccount, balance: quantity(wei(dice)) };
  return {
    env: environment(dice),
    pre,
    transaction: generateTransaction(dice, {
      fork,
      contracts,
      initCode: () =>
        generateInitCode({ dice, fork, addresses, statements: 2 + dice.below(12), generation: 1 }),
    }),
    post: { [label]: [unknownPost] },
  };
}

/** Half of what code speaks to are the contracts that are there. */
function addressesOf(present: readonly bigint[], signers: readonly bigint[]): readonly bigint[] {
  const rest = [...contracts, ...others, ...signers, ...signers, sender, coinbase];
  return [...rest, ...rest.map((_, index) => present[index % present.length] ?? 0n)];
}

/** A contract that calls itself with as much gas as lets it reach the bound, where the fork lets a transaction have it. */
function deepTest(dice: Dice, { label, fork }: Place): TestJson {
  const gas = fork.rules.transactionGasMax || 2 ** (30 + dice.below(8));
  const code = generateRecursion({ dice, fork, addresses: others, statements: dice.below(8) });
  return {
    env: { ...environment(dice), currentGasLimit: quantity(2 ** 40) },
    pre: {
      [addressText(sender)]: { ...plainAccount, balance: quantity(10n ** 20n) },
      [addressText(0x1000n)]: contract(dice, code),
    },
    transaction: {
      data: ["0x"],
      gasLimit: [quantity(gas)],
      value: ["0x0"],
      gasPrice: "0xb",
      nonce: "0x0",
      to: addressText(0x1000n),
      sender: addressText(sender),
    },
    post: { [label]: [unknownPost] },
  };
}

const plainAccount: AccountJson = { nonce: "0x0", balance: "0x0", code: "0x", storage: {} };

const zeros = `0x${"00".repeat(32)}`;

/** Filled in when the case is kept. */
export const unknownPost: PostJson = {
  hash: zeros,
  logs: zeros,
  indexes: { data: 0, gas: 0, value: 0 },
};

/** Where nonces grow by a byte, and where they end (EIP-2681). */
const edgeNonces = [0n, 127n, 128n, 255n, 256n, 1n << 32n, (1n << 64n) - 2n, (1n << 64n) - 1n];

function contract(dice: Dice, code: Uint8Array): AccountJson {
  const balance = dice.percent(50) ? 0n : wei(dice);
  const nonce = dice.percent(88) ? 1n : dice.pick(edgeNonces);
  const storage = slots(dice);
  return { nonce: quantity(nonce), balance: quantity(balance), code: hexOf(code), storage };
}

/** With what its transaction costs, as a rule. */
function senderAccount(dice: Dice, fork: Fork): AccountJson {
  const balance = dice.percent(96) ? 10n ** 20n : wei(dice);
  const isDelegated = fork.rules.hasDelegation && dice.percent(4);
  const code = isDelegated ? designator(dice.pick(contracts)) : "0x";
  return { ...plainAccount, balance: quantity(balance), code };
}

/** Accounts that may sign authorisations: some are not there yet, others have given themselves code (EIP-7702). */
function delegators(dice: Dice, signers: readonly bigint[]): Record<string, AccountJson> {
  const accounts = signers.map((address): [string, AccountJson] | undefined => {
    const kind = dice.weighted({ none: 3, plain: 2, delegated: 4, used: 1 });
    if (kind === "none") return undefined;
    const nonce = quantity(kind === "plain" ? 0 : 1 + dice.below(2));
    const balance = quantity(dice.percent(50) ? 0n : wei(dice));
    const target = dice.pick([...contracts, ...contracts, ...signers, 4n, 0x3000n]);
    const code = kind === "delegated" ? designator(target) : "0x";
    return [addressText(address), { nonce, balance, code, storage: slots(dice) }];
  });
  return Object.fromEntries(accounts.filter((each) => each !== undefined));
}

function designator(address: bigint): string {
  return `0xef0100${addressText(address).slice(2)}`;
}

/** Few small ones, a row of them, or words of any kind. */
function slots(dice: Dice): Readonly<Record<string, string>> {
  const kind = dice.weighted({ few: 7, row: 2, words: 1 });
  if (kind === "row") {
    const row = Array.from({ length: 4 + dice.below(18) }, (_, slot) => slot);
    return Object.fromEntries(row.map((slot) => [quantity(slot), "0x1"]));
  }
  const some = Array.from({ length: dice.below(4) }, () => dice.below(6));
  const value = () => (kind === "few" ? BigInt(1 + dice.below(3)) : interestingWord(dice) || 1n);
  return Object.fromEntries(some.map((slot) => [quantity(slot), quantity(value())]));
}

function environment(dice: Dice): TestJson["env"] {
  const beneficiary = dice.percent(92) ? coinbase : dice.pick([...contracts, sender, 0x2000n, 4n]);
  return {
    currentCoinbase: addressText(beneficiary),
    currentGasLimit: "0x1c9c380",
    currentNumber: quantity(1 + dice.below(1_000)),
    currentTimestamp: quantity(1_000 + dice.below(1_000_000)),
    currentDifficulty: "0x20000",
    currentRandom: hexOf(dice.bytes(32)),
    currentBaseFee: quantity(dice.percent(85) ? 7 : dice.below(12)),
    currentExcessBlobGas: quantity(dice.percent(80) ? 0 : dice.below(80_000_000)),
  };
}
