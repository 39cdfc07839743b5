import type { StateReader } from "@bedplate/environment";
import { expect, test } from "vitest";
import { bytesOf } from "../src/byte-name.ts";
import { type Lane, type ScheduledBatch, type SchedulerName, schedulers } from "../src/index.ts";

// Time here is counted, not measured: each execution takes one unit, and lanes take theirs at once.

const count = 200;

/** How many units a batch takes in which the transaction at `index` reads and writes one key. */
async function unitsOf(
  scheduler: SchedulerName,
  options: {
    readonly lanes: number;
    readonly keyOf: (index: number) => string;
    /** What every transaction adds to without reading it: a coinbase's tips, say. */
    readonly credited?: string;
  },
): Promise<number> {
  const { lanes, keyOf, credited } = options;
  const credits =
    credited === undefined ? [] : [{ key: bytesOf(credited), amount: Uint8Array.of(1) }];
  const waiting: { readonly at: number; readonly end: () => void }[] = [];
  let now = 0;
  const lane: Lane = {
    execute: async (index: number, reads: StateReader) => {
      const key = bytesOf(keyOf(index));
      const before = reads.peek(key)?.[0] ?? 0;
      await new Promise<void>((end) => waiting.push({ at: now + 1, end }));
      return {
        outcome: { kind: "returned", output: new Uint8Array() },
        fuel: 1,
        writes: [{ key, value: Uint8Array.of((before + 1) % 251) }],
        credits,
        events: [],
        receipt: `sha256:${"0".repeat(64)}`,
      };
    },
  };
  const keys = (index: number) => [bytesOf(keyOf(index))];
  const batch: ScheduledBatch = {
    count,
    base: { peek: () => null, load: async () => {} },
    lanes: [lane, ...Array.from({ length: lanes - 1 }, () => lane)],
    accessOf: (index) => ({ reads: keys(index), writes: keys(index) }),
    signal: new AbortController().signal,
  };
  let isOver = false;
  const running = schedulers[scheduler](batch).finally(() => {
    isOver = true;
  });
  while (!isOver) {
    await new Promise((resolve) => setImmediate(resolve));
    waiting.sort((a, b) => a.at - b.at);
    const next = waiting.shift();
    if (next === undefined) continue;
    now = next.at;
    next.end();
  }
  await running;
  return now;
}

const free = (index: number) => `own${index}`;
const chained = () => "shared";
const mixed = (index: number) => (index % 10 === 0 ? "shared" : `own${index}`);

test("two lanes halve a batch without conflicts, four quarter it", async () => {
  for (const scheduler of ["optimistic", "access-list"] as const) {
    expect(await unitsOf(scheduler, { lanes: 2, keyOf: free }), scheduler).toBe(count / 2);
    expect(await unitsOf(scheduler, { lanes: 4, keyOf: free }), scheduler).toBe(count / 4);
  }
});

test("what all credit is no conflict: two lanes halve the batch, four quarter it", async () => {
  for (const scheduler of ["optimistic", "access-list"] as const) {
    const options = { keyOf: free, credited: "tips" };
    expect(await unitsOf(scheduler, { lanes: 2, ...options }), scheduler).toBe(count / 2);
    expect(await unitsOf(scheduler, { lanes: 4, ...options }), scheduler).toBe(count / 4);
  }
});

test("few conflicts cost little of that", async () => {
  for (const scheduler of ["optimistic", "access-list"] as const) {
    const units = await unitsOf(scheduler, { lanes: 2, keyOf: mixed });
    expect(units, scheduler).toBeLessThan(count * 0.62);
  }
});

test("nothing but conflicts never takes longer than 1.25 times the serial way", async () => {
  const serial = await unitsOf("serial", { lanes: 1, keyOf: chained });
  expect(serial).toBe(count);
  for (const lanes of [2, 4, 8]) {
    const units = await unitsOf("optimistic", { lanes, keyOf: chained });
    expect(units, `${lanes} lanes`).toBeLessThanOrEqual(serial * 1.25);
    expect(await unitsOf("access-list", { lanes, keyOf: chained })).toBe(serial);
  }
});
