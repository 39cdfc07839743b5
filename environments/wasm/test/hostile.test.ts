import { execFileSync } from "node:child_process";
import { type Budget, encodeProgramInput, type Outcome } from "@bedplate/environment";
import { expect, test } from "vitest";
import { greedyStart, hostile } from "./programs/assembled.ts";
import { openRig, plenty, run, textOf } from "./rig.ts";

const fuel: Outcome = { kind: "exhausted", meter: "fuel" };
const memory: Outcome = { kind: "exhausted", meter: "memoryBytes" };
const output: Outcome = { kind: "exhausted", meter: "outputBytes" };
const depth: Outcome = { kind: "exhausted", meter: "depth" };
const trap = (reason: string): Outcome => ({ kind: "trapped", reason });
const nothing = new Uint8Array();
const memoryBytes = 64 * 1024 * 1024;

const programs: readonly (readonly [entry: string, outcome: Outcome])[] = [
  ["revert_and_go_on", { kind: "reverted", output: new Uint8Array(1) }],
  ["exit_and_go_on", { kind: "reverted", output: nothing, exitCode: 7 }],
  ["flood_and_go_on", output],
  ["catch_everything", fuel],
  ["throw_out", { kind: "reverted", output: nothing }],
  ["recurse", depth],
  ["recurse_and_go_on", depth],
  ["recurse_fat", depth],
  ["many_small", { kind: "returned", output: nothing }],
  ["many_small_abort", memory],
  ["one_large", memory],
  ["bulk", fuel],
  ["write_much", trap("the run writes too much state")],
  ["far_pointer", trap("out of bounds memory access")],
  ["alternate", output],
  ["files", memory],
  ["refill", fuel],
  ["chance", fuel],
];

const budget: Budget = { ...plenty, fuel: 20_000_000_000, depth: undefined, memoryBytes };

/** Programs that end by fuel alone take a smaller budget, so that the test is quick. */
const smallFuel: Budget = { ...plenty, fuel: 10_000_000, memoryBytes };

test.each(programs)("%s ends right, and the next run is unaffected", async (entry, outcome) => {
  const rig = await openRig();
  const instance = await rig.instance(hostile);
  const before = await run(instance, { entry: "quiet" });
  const bounds = outcome === fuel ? smallFuel : budget;
  const executed = await run(instance, { entry, budget: bounds });
  expect(executed.outcome).toEqual(outcome);
  expect(executed.writes).toEqual([]);
  expect(executed.usage.memoryBytes).toBeLessThanOrEqual(memoryBytes);
  expect(await run(instance, { entry: "quiet" })).toMatchObject({ receipt: before.receipt });
  const again = await run(instance, { entry, budget: bounds });
  expect(again.receipt).toBe(executed.receipt);
});

test.each(["catch_everything", "bulk", "revert_and_go_on", "refill", "chance"])(
  "%s obeys the wall clock within its grace",
  async (entry) => {
    const rig = await openRig();
    const instance = await rig.instance(hostile);
    const executed = await run(instance, {
      entry,
      budget: { ...plenty, fuel: undefined, memoryBytes, wallMs: 50 },
    });
    const expected = entry.startsWith("revert") ? "reverted" : "exhausted";
    expect(executed.outcome.kind).toBe(expected);
    // Loosely: a busy machine may stretch a slice. The environment ended it, not the host.
    expect(executed.usage.wallMs).toBeLessThan(1_000);
    expect(instance.phase).toBe("running");
  },
);

/** `(module (func $s (loop br 0)) (start $s) (func (export "main")))` */
const startsForEver = Buffer.from(
  "0061736d010000000104016000000303020000070801046d61696e00010801000a0c02070003400c000b0b02000b",
  "hex",
);

test.each([
  ["on-demand", false],
  ["pooled", false],
  ["snapshot", false],
  ["pooled", true],
] as const)(
  "a start function that never ends obeys the run's wall clock (%s, session %s)",
  async (allocator, session) => {
    const rig = await openRig({ config: { allocator, initialisationFuelMax: 1_000_000_000_000 } });
    const instance = await rig.instance(startsForEver, { session });
    const input = encodeProgramInput({ args: [], env: {} });
    const budget = { ...plenty, fuel: undefined, wallMs: 50 };
    // Twice: that the time was over says nothing about the next run, and is not kept.
    for (const round of [1, 2]) {
      const { outcome, usage } = await run(instance, { input, budget });
      expect(outcome, `round ${round}`).toEqual({ kind: "exhausted", meter: "wallMs" });
      expect(usage.wallMs).toBeGreaterThan(50);
      expect(usage.wallMs).toBeLessThan(2_000);
    }
    expect(instance.phase).toBe("running");
  },
);

test.each(["on-demand", "pooled", "snapshot"] as const)(
  "a start function is held to the memory of the run, whoever came before (%s)",
  async (allocator) => {
    const rig = await openRig({ config: { allocator } });
    const instance = await rig.instance(greedyStart);
    const input = encodeProgramInput({ args: [], env: {} });
    const runWith = (mebibytes: number) =>
      run(instance, { input, budget: { ...plenty, memoryBytes: mebibytes * 1024 * 1024 } });
    const poor = await runWith(8);
    expect(poor.outcome).toEqual(memory);
    const rich = await runWith(32);
    expect(textOf(rich)).toBe("257");
    expect(await runWith(8)).toMatchObject({ outcome: memory, receipt: poor.receipt });
    expect(await runWith(32)).toMatchObject({ receipt: rich.receipt });
  },
);

test("memory that even the release denies at the start is denied to each run alike", async () => {
  const rig = await openRig({ config: { memoryBytesMax: 16 * 1024 * 1024 } });
  const instance = await rig.instance(greedyStart);
  const input = encodeProgramInput({ args: [], env: {} });
  const runWith = (memoryBytes: number | undefined) =>
    run(instance, { input, budget: { ...plenty, memoryBytes } });
  const poor = await runWith(1024 * 1024);
  expect(poor.outcome).toEqual(memory);
  expect(textOf(await runWith(undefined))).toBe("1");
  expect((await runWith(1024 * 1024)).receipt).toBe(poor.receipt);
});

test("state that is loaded key by key, slowly, ends in time", async () => {
  const rig = await openRig();
  const instance = await rig.instance(hostile);
  const loaded = new Set<string>();
  const reads = {
    peek: (key: Uint8Array) => (loaded.has(String(key)) ? null : undefined),
    async load(keys: readonly Uint8Array[]) {
      await new Promise((resolve) => setTimeout(resolve, 5));
      for (const key of keys) loaded.add(String(key));
    },
  };
  const budget = { ...plenty, fuel: undefined, wallMs: 100 };
  const { outcome } = await run(instance, { entry: "read_much", reads, budget });
  expect(outcome).toEqual({ kind: "exhausted", meter: "wallMs" });
  expect(instance.phase).toBe("running");
});

test("what takes memory grows the process by little more than its budget, and gives it back", () => {
  const script = new URL("./hoard-in-process.ts", import.meta.url).pathname;
  const report = execFileSync(process.execPath, [script], { encoding: "utf8" });
  const { grownBytes, leftBytes, budgetBytes, outcomes } = JSON.parse(report);
  expect(outcomes).toEqual({
    many_small_abort: memory,
    files: memory,
    refill: fuel,
    alternate: output,
    chance: fuel,
  });
  expect(grownBytes).toBeLessThan(2 * budgetBytes);
  expect(leftBytes).toBeLessThan(budgetBytes);
});
