import { type Executed, encodeProgramInput } from "@bedplate/environment";
import fc from "fast-check";
import { expect, test } from "vitest";
import type { AllocatorKind } from "../src/config.ts";
import { programs } from "../src/conformance/assembled.ts";
import { hostile, prepared } from "./programs/assembled.ts";
import { openRig, plenty, type Rig, run, textOf } from "./rig.ts";

const kinds: readonly AllocatorKind[] = ["on-demand", "pooled", "snapshot"];

const args = (...values: readonly string[]) => encodeProgramInput({ args: values });

/** Runs that leave traces in memory, globals and tables, that trap, grow and run out. */
const calls = fc.oneof(
  fc.nat({ max: 1_200 }).map((of) => [prepared, "square", args(String(of))] as const),
  fc.constant([prepared, "steps", args()] as const),
  fc.constant([prepared, "chosen", args()] as const),
  fc.constantFrom("0", "1").map((which) => [prepared, "choose", args(which)] as const),
  fc.nat({ max: 40 }).map((pages) => [prepared, "grow", args(String(pages))] as const),
  fc
    .constantFrom("count", "trap", "hoard", "events", "write", "random")
    .map((entry) => [programs, entry, new Uint8Array()] as const),
  fc
    .constantFrom("quiet", "throw_out", "recurse")
    .map((entry) => [hostile, entry, new Uint8Array()] as const),
);

async function runAll(rig: Rig, list: readonly (readonly [Uint8Array, string, Uint8Array])[]) {
  const receipts: string[] = [];
  for (const [artifact, entry, input] of list) {
    const budget = { ...plenty, memoryBytes: 2 * 1024 * 1024 };
    const executed = await rig.run(artifact, { entry, input, budget });
    receipts.push(`${entry} ${executed.outcome.kind} ${executed.receipt}`);
  }
  return receipts;
}

test("every allocator gives the same receipts, whatever ran before", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(calls, { minLength: 1, maxLength: 12 }), async (list) => {
      const rigs = await Promise.all(
        kinds.map((allocator) => openRig({ config: { allocator, idleInstancesMax: 2 } })),
      );
      const [onDemand, pooled, snapshot] = await Promise.all(rigs.map((rig) => runAll(rig, list)));
      expect(pooled).toEqual(onDemand);
      expect(snapshot).toEqual(onDemand);
    }),
    { numRuns: 40 },
  );
});

test.each(kinds)("initialisation is charged to each run alike: %s", async (allocator) => {
  const rig = await openRig({ config: { allocator } });
  const instance = await rig.instance(prepared);
  const steps = () => run(instance, { entry: "steps", input: args() });
  const all: Executed[] = [await steps(), await steps(), await steps()];
  expect(new Set(all.map(({ receipt }) => receipt)).size).toBe(1);
  expect(textOf(all[0] as Executed)).toBe("[15,0]");
  expect(all[0]?.usage.fuel).toBeGreaterThan(10_000);
  const poor = { ...plenty, fuel: 5_000 };
  const { outcome } = await run(instance, { entry: "steps", input: args(), budget: poor });
  expect(outcome).toEqual({ kind: "exhausted", meter: "fuel" });
});

test("concurrent runs that wait for state do not share an instance", async () => {
  const rig = await openRig();
  const instance = await rig.instance(programs);
  const loaded = new Set<string>();
  const reads = {
    peek: (key: Uint8Array) => (loaded.has(String(key)) ? Buffer.from("v") : undefined),
    async load(keys: readonly Uint8Array[]) {
      await new Promise((resolve) => setImmediate(resolve));
      for (const key of keys) loaded.add(String(key));
    },
  };
  const runs = Array.from({ length: 20 }, (_, i) =>
    run(instance, { entry: i % 2 === 0 ? "read" : "count", input: Buffer.from(`k${i}`), reads }),
  );
  const said = (await Promise.all(runs)).map(textOf);
  expect(said).toEqual(Array.from({ length: 20 }, (_, i) => (i % 2 === 0 ? "v" : "1")));
});
