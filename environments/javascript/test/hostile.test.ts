import { execFileSync } from "node:child_process";
import { afterAll, beforeAll, expect, test } from "vitest";
import { hostileBudget, hostilePrograms } from "./hostile-programs.ts";
import { openRig, type Rig, said } from "./rig.ts";

const neighbour = "print('fine', Object.keys({}).length, [1, 2].join(), Math.random())";

let rig: Rig;
let clean: string;
beforeAll(async () => {
  rig = await openRig({ config: { threadsMax: 1 } });
  clean = (await rig.once(neighbour)).receipt;
});
afterAll(() => rig[Symbol.asyncDispose]());

test.each(hostilePrograms)("$name", async ({ source, budget, ends, says }) => {
  const granted = { ...hostileBudget, ...budget };
  const executed = await rig.once(source, { budget: granted });
  const expected = (Array.isArray(ends) ? ends : [ends]).map((each) =>
    expect.objectContaining(each),
  );
  expect(
    expected,
    JSON.stringify([executed.outcome, said(executed, "stderr").slice(0, 300)]),
  ).toContainEqual(executed.outcome);
  if (typeof says === "string") expect(said(executed)).toBe(says);
  else if (says !== undefined) expect(said(executed)).toMatch(says);
  expect(executed.usage.memoryBytes).toBeLessThanOrEqual(granted.memoryBytes ?? 0);
  expect(executed.usage.outputBytes).toBeLessThanOrEqual(granted.outputBytes ?? 0);
  expect((await rig.once(neighbour)).receipt).toBe(clean);
});

test("what takes memory stays within twice its budget, measured from outside", () => {
  const child = new URL("./hostile-memory.ts", import.meta.url).pathname;
  const report = JSON.parse(execFileSync(process.execPath, [child], { encoding: "utf8" }));
  expect(report.budgetBytes).toBe(64 * 1024 * 1024);
  expect(report.runs).toBeGreaterThan(5);
  expect(report.growthBytes).toBeLessThan(2 * report.budgetBytes);
});
