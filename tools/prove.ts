/**
 * Runs the scenarios at full size and prints what came of them: `npm run prove -- crash`, `swap`,
 * `replay`, `fuzz`, or all of them.
 */
import { openScratchFolder } from "@bedplate/testkit";
import { crashScenario } from "../apps/server/test/scenarios/crash.ts";
import { fuzzScenario } from "../apps/server/test/scenarios/fuzz.ts";
import { replayScenario } from "../apps/server/test/scenarios/replay.ts";
import { swapScenario } from "../apps/server/test/scenarios/swap.ts";

const scenarios: Readonly<Record<string, (folder: string) => Promise<object>>> = {
  crash: (folder) => crashScenario({ folder, kills: 20, runsPerLife: 100 }),
  swap: () => swapScenario({ perSecond: 200, seconds: 30, swaps: 9 }),
  replay: (folder) => replayScenario({ folder, runs: 1_000 }),
  fuzz: () => fuzzScenario({ requests: 10_000, seed: 1 }),
};

const names = process.argv.slice(2).length > 0 ? process.argv.slice(2) : Object.keys(scenarios);
for (const name of names) {
  using scratch = openScratchFolder();
  const scenario = scenarios[name];
  if (scenario === undefined) throw new Error(`There is no scenario "${name}"`);
  process.stdout.write(`${name}: ${JSON.stringify(await scenario(scratch.path))}\n`);
}
