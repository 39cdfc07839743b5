/**
 * Runs programs that take all memory they can get, one after the other, and prints how far the
 * process grew at most, and what was left of that when it had nothing more to do.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { hostile } from "./programs/assembled.ts";
import { openRig, plenty, run } from "./rig.ts";

const mebibyte = 1024 * 1024;
const budgetBytes = 64 * mebibyte;
const entries = ["many_small_abort", "files", "refill", "alternate", "chance"];

const rig = await openRig();
const instance = await rig.instance(hostile);
await run(instance, { entry: "quiet" });
const before = process.memoryUsage().rss;
const outcomes: Record<string, unknown> = {};
const budget = { ...plenty, memoryBytes: budgetBytes, outputBytes: mebibyte, fuel: 1_000_000_000 };
for (let round = 0; round < 2; round++) {
  for (const entry of entries) outcomes[entry] = (await run(instance, { entry, budget })).outcome;
}
const grownBytes = process.resourceUsage().maxRSS * 1024 - before;
let leftBytes = Number.POSITIVE_INFINITY;
for (let look = 0; look < 50; look++) {
  await sleep(20);
  leftBytes = Math.min(leftBytes, process.memoryUsage().rss - before);
}
process.stdout.write(JSON.stringify({ grownBytes, leftBytes, budgetBytes, outcomes }));
