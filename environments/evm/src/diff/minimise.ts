import type { AccountJson, TestJson } from "./test-json.ts";

/** Whether a smaller test still shows what the first one showed. */
export type StillDiffers = (test: TestJson) => Promise<boolean>;

export interface MinimiseOptions {
  readonly stillDiffers: StillDiffers;
  /** Most tests that are tried. */
  readonly triesMax: number;
}

/**
 * Makes a test smaller while it shows the same: fewer accounts, shorter and emptier code (bytes become
 * JUMPDEST, so that jumps still land), less data, storage and value. Answers the smallest found.
 */
export async function minimise(test: TestJson, options: MinimiseOptions): Promise<TestJson> {
  let smallest = test;
  let tries = 0;
  for (let hasChanged = true; hasChanged; ) {
    hasChanged = false;
    for (const make of reductionsOf(smallest)) {
      if (tries++ >= options.triesMax) return smallest;
      const candidate = make(smallest);
      if (candidate === undefined || !(await holds(candidate, options))) continue;
      smallest = candidate;
      hasChanged = true;
    }
  }
  return smallest;
}

async function holds(test: TestJson, { stillDiffers }: MinimiseOptions): Promise<boolean> {
  try {
    return await stillDiffers(test);
  } catch {
    // A reduction may make what is no test any more.
    return false;
  }
}

/** Makes a smaller test of the one that holds by then, or nothing where it does not apply any more. */
type Reduction = (test: TestJson) => TestJson | undefined;

function* reductionsOf(test: TestJson): Generator<Reduction> {
  const { sender, accessLists } = test.transaction;
  for (const address of Object.keys(test.pre)) {
    if (address !== sender) yield (now) => withoutAccount(now, address);
  }
  if (accessLists !== undefined) yield withoutAccessLists;
  yield (now) =>
    now.transaction.value[0] === "0x0" ? undefined : withTransaction(now, { value: ["0x0"] });
  for (const address of Object.keys(test.pre)) {
    yield* codeReductions(test, address);
    for (const slot of Object.keys(test.pre[address]?.storage ?? {})) {
      yield (now) => changed(now, address, (account) => withoutSlot(account, slot));
    }
  }
  yield* dataReductions(test);
}

function withoutAccount(test: TestJson, address: string): TestJson | undefined {
  if (test.pre[address] === undefined) return undefined;
  const pre = Object.fromEntries(Object.entries(test.pre).filter(([each]) => each !== address));
  return { ...test, pre };
}

function withoutAccessLists(test: TestJson): TestJson {
  const { accessLists: _, ...transaction } = test.transaction;
  return { ...test, transaction };
}

function withTransaction(test: TestJson, part: Partial<TestJson["transaction"]>): TestJson {
  return { ...test, transaction: { ...test.transaction, ...part } as TestJson["transaction"] };
}

function changed(
  test: TestJson,
  address: string,
  change: (account: AccountJson) => AccountJson | undefined,
): TestJson | undefined {
  const account = test.pre[address];
  const next = account && change(account);
  return next && { ...test, pre: { ...test.pre, [address]: next } };
}

function withoutSlot(account: AccountJson, slot: string): AccountJson | undefined {
  if (account.storage[slot] === undefined) return undefined;
  const storage = Object.entries(account.storage).filter(([each]) => each !== slot);
  return { ...account, storage: Object.fromEntries(storage) };
}

function* codeReductions(test: TestJson, address: string): Generator<Reduction> {
  const length = ((test.pre[address]?.code ?? "0x").length - 2) / 2;
  for (const [at, count] of chunksOf(length)) {
    yield (now) =>
      changed(now, address, (account) => {
        const code = shortened(account.code, { at, count, filler: "5b" });
        return code === account.code ? undefined : { ...account, code };
      });
  }
}

function* dataReductions(test: TestJson): Generator<Reduction> {
  const isCreation = test.transaction.to === "";
  const length = ((test.transaction.data[0] ?? "0x").length - 2) / 2;
  for (const [at, count] of chunksOf(length)) {
    yield (now) => {
      const [data = "0x"] = now.transaction.data;
      const next = shortened(data, { at, count, filler: isCreation ? "5b" : "00" });
      return next === data ? undefined : withTransaction(now, { data: [next] });
    };
  }
}

/** Parts of a row of bytes: halves, quarters and so on down to single bytes, from the end to the start. */
function* chunksOf(length: number): Generator<readonly [at: number, count: number]> {
  for (let count = length; count >= 1; count = Math.floor(count / 2)) {
    for (let at = length - count; at >= 0; at -= count) yield [at, count];
  }
}

interface Chunk {
  readonly at: number;
  readonly count: number;
  /** A byte in hexadecimal. */
  readonly filler: string;
}

/** Overwrites bytes, and takes away what then is filler at the end. */
function shortened(digits: string, { at, count, filler }: Chunk): string {
  const [from, to] = [2 + 2 * at, 2 + 2 * (at + count)];
  if (from >= digits.length) return digits;
  const middle = filler.repeat(Math.min(to, digits.length) / 2 - from / 2);
  const whole = digits.slice(0, from) + middle + digits.slice(to);
  let end = whole.length;
  while (end > 2 && whole.slice(end - 2, end) === filler) end -= 2;
  return whole.slice(0, end);
}
