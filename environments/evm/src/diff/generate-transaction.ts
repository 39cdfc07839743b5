import type { Fork } from "../forks/fork.ts";
import { authorizations } from "./authorities.ts";
import { functionMax } from "./code-scope.ts";
import type { Dice } from "./dice.ts";
import { interestingWord, payment } from "./interesting.ts";
import { addressText, hexOf, quantity, type TransactionJson } from "./test-json.ts";

/** Whoever has the secret key that `authorities.ts` has first. */
export const sender = 0xa94f5374fce5edbc8e2a8697c15331677e6ebf0bn;

export interface TransactionChoices {
  readonly fork: Fork;
  readonly contracts: readonly bigint[];
  /** Makes code that a creation runs. */
  readonly initCode: () => Uint8Array;
}

/** A transaction of any type that the fork has: a call of a contract as a rule, else a creation. */
export function generateTransaction(dice: Dice, choices: TransactionChoices): TransactionJson {
  const isCreation = dice.percent(10);
  const data = isCreation ? choices.initCode() : generateCallData(dice);
  return {
    data: [hexOf(data)],
    gasLimit: [quantity(gasLimit(dice))],
    value: [quantity(dice.percent(70) ? 0 : payment(dice))],
    nonce: quantity(dice.percent(99) ? 0 : 1),
    to: isCreation ? "" : addressText(recipient(dice, choices)),
    sender: addressText(sender),
    ...priced(dice, choices.fork),
    ...listed(dice, choices),
    ...special(dice, { ...choices, isCreation }),
  };
}

function recipient(dice: Dice, { contracts }: TransactionChoices): bigint {
  return dice.percent(93)
    ? (contracts[0] ?? 0n)
    : dice.pick([...contracts, sender, 0x2000n, 2n, 5n]);
}

function gasLimit(dice: Dice): number {
  const kind = dice.weighted({ much: 68, some: 26, little: 5, more: 1 });
  if (kind === "more") return 5_000_000;
  if (kind === "much") return 2_000_000;
  return kind === "some" ? 60_000 + dice.below(300_000) : 21_000 + dice.below(20_000);
}

function priced(dice: Dice, { rules }: Fork): Partial<TransactionJson> {
  if (!rules.hasBaseFee || dice.percent(75)) return { gasPrice: quantity(10 + dice.below(3)) };
  return {
    maxFeePerGas: quantity(dice.percent(95) ? 10 + dice.below(10) : dice.below(10)),
    maxPriorityFeePerGas: quantity(dice.below(9)),
  };
}

function listed(dice: Dice, { fork, contracts }: TransactionChoices): Partial<TransactionJson> {
  if (!fork.rules.hasAccessList || !dice.percent(40)) return {};
  const addresses = [...contracts, 0x2000n, 0x3000n, sender, 2n];
  const entries = Array.from({ length: dice.below(4) }, () => ({
    address: addressText(dice.pick(addresses)),
    storageKeys: Array.from({ length: dice.below(4) }, () => quantity(dice.below(6))),
  }));
  return { accessLists: [entries] };
}

/** Blobs or authorisations. */
function special(
  dice: Dice,
  { fork, contracts, isCreation }: TransactionChoices & { readonly isCreation: boolean },
): Partial<TransactionJson> {
  const { hasDelegation, blobsMax } = fork.rules;
  if (isCreation && dice.percent(97)) return {};
  if (hasDelegation && dice.percent(22)) {
    const authorizationList = authorizations(dice, [...contracts, ...contracts, 0n, 2n, 0x3000n]);
    return { ...dynamicPrice, authorizationList };
  }
  if (blobsMax === 0 || !dice.percent(6)) return {};
  const hash = () => `0x${dice.percent(97) ? "01" : "02"}${hexOf(dice.bytes(31)).slice(2)}`;
  const blobVersionedHashes = Array.from(
    { length: dice.percent(95) ? 1 + dice.below(4) : 0 },
    hash,
  );
  const maxFeePerBlobGas = quantity(dice.percent(80) ? 2 ** 40 : 1);
  return { ...dynamicPrice, blobVersionedHashes, maxFeePerBlobGas };
}

const dynamicPrice: Partial<TransactionJson> = {
  gasPrice: undefined,
  maxFeePerGas: "0x10",
  maxPriorityFeePerGas: "0x2",
};

/** Often the number of a function first. */
export function generateCallData(dice: Dice): Uint8Array {
  const words = Array.from({ length: dice.below(4) }, () => interestingWord(dice));
  if (dice.percent(50)) words.unshift(BigInt(1 + dice.below(functionMax)));
  const bytes = words.map((each) => Buffer.from(each.toString(16).padStart(64, "0"), "hex"));
  return Buffer.concat([...bytes, dice.bytes(dice.below(8))]);
}
