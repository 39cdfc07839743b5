import type { Dice } from "./dice.ts";
import { interestingWord } from "./interesting.ts";
import { type AccountJson, quantity, type TestJson } from "./test-json.ts";

/** `0x`, the mark of three bytes and an address. */
const designatorLength = 2 + 2 * 23;

/** Most changes that are made to a test at once. */
const changesMax = 4;

/** A state test with some of its bytes and numbers changed; its first case of one fork stays. */
export function mutateTest(dice: Dice, test: TestJson): TestJson {
  const [label, cases] = dice.pick(Object.entries(test.post));
  const { indexes } = dice.pick(cases);
  const chosen = chooseCase(test, indexes);
  let mutated: TestJson = { ...chosen, post: { [label]: [unknownPost] } };
  const changes = 1 + dice.below(changesMax);
  for (let count = 0; count < changes; count++) mutated = mutateOnce(dice, mutated);
  return mutated;
}

const zeros = `0x${"00".repeat(32)}`;
const unknownPost = { hash: zeros, logs: zeros, indexes: { data: 0, gas: 0, value: 0 } } as const;

/** The alternatives that a case is about become the only ones. */
function chooseCase(
  test: TestJson,
  { data, gas, value }: { readonly data: number; readonly gas: number; readonly value: number },
): TestJson {
  const { transaction } = test;
  const lists = transaction.accessLists?.slice(data, data + 1);
  return {
    ...test,
    transaction: {
      ...transaction,
      data: transaction.data.slice(data, data + 1),
      gasLimit: transaction.gasLimit.slice(gas, gas + 1),
      value: transaction.value.slice(value, value + 1),
      ...(lists !== undefined && { accessLists: lists }),
    },
  };
}

function mutateOnce(dice: Dice, test: TestJson): TestJson {
  const kind = dice.weighted({ code: 10, data: 4, gas: 3, value: 2, storage: 2, balance: 1 });
  const { transaction } = test;
  const set = (part: object): TestJson => ({ ...test, transaction: { ...transaction, ...part } });
  switch (kind) {
    case "data":
      return set({ data: [mutateBytes(dice, transaction.data[0] ?? "0x")] });
    case "gas": {
      const gas = BigInt(transaction.gasLimit[0] ?? "0x0");
      return set({ gasLimit: [quantity((gas * BigInt(1 + dice.below(120))) / 60n)] });
    }
    case "value":
      return set({
        value: [quantity(dice.percent(80) ? dice.below(1_000) : interestingWord(dice))],
      });
    default:
      return mutateAccount(dice, test, kind);
  }
}

function mutateAccount(dice: Dice, test: TestJson, kind: "code" | "storage" | "balance"): TestJson {
  const entries = Object.entries(test.pre);
  const withCode = entries.filter(([, account]) => isChangeable(account.code ?? "0x"));
  const [address, account] = dice.pick(kind === "code" && withCode.length > 0 ? withCode : entries);
  const next = mutated(dice, account, withCode.length > 0 || kind !== "code" ? kind : "storage");
  return { ...test, pre: { ...test.pre, [address]: next } };
}

/** Designators of EIP-7702 are left as they are: nearly every change would break them. */
function isChangeable(code: string): boolean {
  return code.length > 2 && !code.startsWith("0xef01");
}

/**
 * Other code may become one by a change: bytes before `ef0100` are taken away, or some are put in. With any
 * other length than that of a designator it cannot come to be on any chain, and no engine has to know what
 * it does; the reference throws.
 */
function isBrokenDesignator(code: string): boolean {
  return code.startsWith("0xef0100") && code.length !== designatorLength;
}

function mutated(
  dice: Dice,
  account: AccountJson,
  kind: "code" | "storage" | "balance",
): AccountJson {
  if (kind === "code") {
    const code = mutateBytes(dice, account.code ?? "0x");
    return isBrokenDesignator(code) ? account : { ...account, code };
  }
  if (kind === "balance") {
    const balance = BigInt(account.balance ?? "0x0") / BigInt(1 + dice.below(3));
    return { ...account, balance: quantity(balance) };
  }
  const slot = quantity(dice.below(4));
  return { ...account, storage: { ...account.storage, [slot]: quantity(1 + dice.below(5)) } };
}

/** Turns a bit, puts a byte or a run of them, takes some away, or repeats some. */
function mutateBytes(dice: Dice, digits: string): string {
  const bytes = [...Buffer.from(digits.slice(2), "hex")];
  const at = dice.below(bytes.length + 1);
  const count = 1 + dice.below(4);
  switch (dice.weighted({ bit: 3, byte: 4, insert: 3, remove: 2, repeat: 2 })) {
    case "bit":
      if (at < bytes.length) bytes[at] = (bytes[at] ?? 0) ^ (1 << dice.below(8));
      break;
    case "byte":
      if (at < bytes.length) bytes[at] = dice.below(256);
      break;
    case "insert":
      bytes.splice(at, 0, ...dice.bytes(count));
      break;
    case "remove":
      bytes.splice(at, count);
      break;
    default:
      bytes.splice(at, 0, ...bytes.slice(at, at + 8 * count));
  }
  return `0x${Buffer.from(bytes).toString("hex")}`;
}
