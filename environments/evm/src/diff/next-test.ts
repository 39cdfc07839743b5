import type { MemoryWorld } from "../transition/memory-world.ts";
import type { Dice } from "./dice.ts";
import { unknownPost } from "./generate-test.ts";
import { generateCallData } from "./generate-transaction.ts";
import { payment } from "./interesting.ts";
import { type AccountJson, hexOf, quantity, type TestJson } from "./test-json.ts";

/** Most accounts that a world has for another transaction. */
const accountsMax = 60;

/**
 * Another transaction of the same sender, in the next block, on the world that a test has left: what was
 * created is called, what was destroyed is created again, slots have other values to go back to.
 */
export function nextTest(dice: Dice, test: TestJson, world: MemoryWorld): TestJson | undefined {
  const pre = preOf(world);
  const { sender = "" } = test.transaction;
  const own = pre[sender];
  const addresses = Object.keys(pre).filter((each) => (pre[each]?.code.length ?? 0) > 2);
  if (own === undefined || addresses.length === 0 || Object.keys(pre).length > accountsMax)
    return undefined;
  const { gasPrice, maxFeePerGas, maxPriorityFeePerGas, data, to } = test.transaction;
  const isSame = dice.percent(40) && to !== "";
  const accessLists = isSame && dice.percent(50) ? test.transaction.accessLists : undefined;
  return {
    env: { ...test.env, currentNumber: quantity(BigInt(test.env["currentNumber"] ?? "0x0") + 1n) },
    pre,
    transaction: {
      data: isSame ? data : [hexOf(generateCallData(dice))],
      gasLimit: [quantity(dice.percent(80) ? 2_000_000 : 40_000 + dice.below(200_000))],
      value: [quantity(dice.percent(75) ? 0 : payment(dice))],
      nonce: own.nonce,
      to: isSame ? to : dice.pick(addresses),
      sender,
      ...(gasPrice === undefined ? { maxFeePerGas, maxPriorityFeePerGas } : { gasPrice }),
      ...(accessLists !== undefined && { accessLists }),
    },
    post: Object.fromEntries(Object.keys(test.post).map((label) => [label, [unknownPost]])),
  };
}

function preOf(world: MemoryWorld): Record<string, AccountJson> {
  const pre: Record<string, AccountJson> = {};
  const accounts = [...world.accounts()];
  for (const { address, nonce, balance, code, storage } of accounts.sort(byAddress)) {
    pre[hexOf(address)] = {
      nonce: quantity(nonce),
      balance: quantity(balance),
      code: hexOf(code),
      storage: Object.fromEntries(
        storage.map(([slot, value]) => [hexOf(slot), hexOf(value)]).sort(),
      ),
    };
  }
  return pre;
}

function byAddress(
  { address: a }: { readonly address: Uint8Array },
  { address: b }: { readonly address: Uint8Array },
): number {
  return Buffer.compare(a, b);
}
