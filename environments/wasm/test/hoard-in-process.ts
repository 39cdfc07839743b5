/** Runs a program that takes all memory it gets, and prints how far the process grew. */
import { hostile } from "./programs/assembled.ts";
import { openRig, plenty, run } from "./rig.ts";

const budgetBytes = 128 * 1024 * 1024;

const rig = await openRig();
const instance = await rig.instance(hostile);
await run(instance, { entry: "quiet" });
const before = process.memoryUsage().rss;
const budget = { ...plenty, memoryBytes: budgetBytes, fuel: 1_000_000_000 };
const { outcome } = await run(instance, { entry: "many_small_abort", budget });
const grownBytes = process.resourceUsage().maxRSS * 1024 - before;
process.stdout.write(JSON.stringify({ grownBytes, budgetBytes, outcome }));
