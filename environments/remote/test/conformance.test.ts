import { runConformance } from "@bedplate/environment/conformance";
import { describeConformance } from "@bedplate/environment/conformance/vitest";
import { subject } from "@bedplate/environment-fake/conformance";
import { afterAll, expect, test } from "vitest";
import { mountInProcess, mountInWorker } from "../src/index.ts";
import { aCall } from "./mount-rig.ts";

const fake = import.meta.resolve("@bedplate/environment-fake");
const main = new URL("./fake-main.ts", import.meta.url).pathname;

const worker = await mountInWorker({ module: fake, exportName: "fakePlugin" }, aCall());
const process_ = await mountInProcess({ command: process.execPath, args: [main] }, aCall());
afterAll(async () => {
  await worker.close();
  await process_.close();
});

// The wire is under them already, so one position is enough for each.
const positions = ["in-process"] as const;
const repeats = 20;

describeConformance(
  "fake in a worker",
  { ...subject, repeats, plugin: worker.plugin },
  { positions },
);

// Every message that a process sees differs in its JSON alone from what a worker sees.
test("fake in a process conforms in what crosses at run time", { timeout: 300_000 }, async () => {
  const only = ["IV", "RW", "OB", "ER-05", "ER-06", "ER-13", "ER-14"];
  const report = await runConformance(
    { ...subject, repeats, plugin: process_.plugin },
    { positions, only },
  );
  const failed = report.results.filter((each) => !["pass", "undeclared"].includes(each.verdict));
  expect(failed).toEqual([]);
  expect(report.proved).toBe(report.declared);
  expect(report.declared).toBeGreaterThan(30);
});
