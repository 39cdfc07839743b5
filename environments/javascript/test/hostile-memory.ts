/** Run as a process: how far its memory grows while guests take all that they can get. */
import { hostileBudget, hostilePrograms } from "./hostile-programs.ts";
import { openRig } from "./rig.ts";

const budgetBytes = 64 * 1024 * 1024;
await using rig = await openRig({ config: { threadsMax: 1 } });
const warm = "const all = []; for (let i = 0; i < 1e4; i++) all.push({}); print(all.length)";
for (let i = 0; i < 5; i++) await rig.once(warm);

const before = process.memoryUsage().rss;
let peak = before;
const watch = setInterval(() => {
  peak = Math.max(peak, process.memoryUsage().rss);
}, 2);
const hungry = hostilePrograms.filter(
  ({ ends }) => "meter" in ends && ends.meter === "memoryBytes",
);
for (const { source } of hungry) {
  const budget = { ...hostileBudget, fuel: 10_000_000_000, memoryBytes: budgetBytes };
  await rig.once(source, { budget });
}
clearInterval(watch);
const growthBytes = peak - before;
process.stdout.write(JSON.stringify({ budgetBytes, growthBytes, runs: hungry.length }));
