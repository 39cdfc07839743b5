import fc from "fast-check";
import { expect, test } from "vitest";
import { programs, stranger } from "../src/conformance/assembled.ts";
import { hostile, prepared, signed } from "./programs/assembled.ts";
import { example, openRig, run } from "./rig.ts";

const hex = (text: string) => Uint8Array.from(Buffer.from(text.replaceAll(" ", ""), "hex"));
const head = "00 61 73 6d 01 00 00 00";

test.each([
  ["an import that does not exist", stranger, "elsewhere.nothing"],
  [
    "an import of another type",
    hex(`${head} 01 04 01 60 00 00 02 10 01 08 626564706c617465 03 6e6f77 00 00`),
    "whose type is",
  ],
  ["an extension that nobody registered", signed, "sha256@1"],
  ["structures", hex(`${head} 01 05 01 5f 01 7f 01`), "gc"],
  ["shared memory", hex(`${head} 05 04 01 03 01 02`), "threads"],
  ["no module", hex("7f454c46"), "magic"],
  ["half a module", programs.subarray(0, 200), "byte"],
  ["wrong types", hex(`${head} 01 05 01 60 00 01 7f 03 02 01 00 0a 04 01 02 00 0b`), "Cannot"],
  ["a memory larger than allowed", hex(`${head} 05 05 01 00 80 80 04`), "memory"],
])("%s: refused with the reason, no fault", async (_what, artifact, reason) => {
  const rig = await openRig();
  const admission = await rig.admit(artifact);
  expect(admission).toMatchObject({ isAdmitted: false, reason: expect.stringContaining(reason) });
  const instance = await rig.instance(artifact);
  const { outcome, usage } = await run(instance);
  expect(outcome).toMatchObject({ kind: "refused" });
  expect(usage.fuel).toBe(0);
});

test("an artifact that is not there is a fault", async () => {
  const rig = await openRig();
  const missing = rig.environment.create(
    { artifact: `sha256:${"0".repeat(64)}`, config: {}, caps: {}, labels: {} },
    { ...(await import("./rig.ts")).call() },
  );
  await expect(missing).rejects.toMatchObject({ code: "resource.missing" });
});

test("mutated modules are admitted or refused, and never break the environment", async () => {
  const rig = await openRig();
  const seeds = [programs, prepared, hostile, example("hello.wasm")];
  const mutations = fc.record({
    module: fc.nat({ max: seeds.length - 1 }),
    edits: fc.array(fc.tuple(fc.nat(), fc.nat({ max: 255 })), { minLength: 1, maxLength: 4 }),
    cut: fc.option(fc.nat()),
  });
  await fc.assert(
    fc.asyncProperty(mutations, async ({ module, edits, cut }) => {
      const bytes = (seeds[module] ?? programs).slice();
      for (const [at, value] of edits) bytes[at % bytes.length] = value;
      const artifact = cut === null ? bytes : bytes.subarray(0, cut % bytes.length);
      const admission = await rig.admit(artifact);
      expect(typeof admission.isAdmitted).toBe("boolean");
    }),
    { numRuns: 300 },
  );
});

test("the cache keeps rewritten modules, and rotten entries are made again", async () => {
  const cache = new Map<string, Uint8Array>();
  const first = await (await openRig({ cache })).run(programs, { entry: "count" });
  expect(cache.size).toBe(1);
  const second = await (await openRig({ cache })).run(programs, { entry: "count" });
  for (const key of cache.keys()) cache.set(key, new Uint8Array([1, 2, 3]));
  const third = await (await openRig({ cache })).run(programs, { entry: "count" });
  expect([second.receipt, third.receipt]).toEqual([first.receipt, first.receipt]);
  expect([...cache.values()][0]?.length).toBeGreaterThan(3);
});
