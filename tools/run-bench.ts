/**
 * Runs benchmarks one after another: `npm run bench` all of them, `npm run bench -- wasm` those whose
 * path has the word in it. A benchmark is a plain script that prints a table.
 */
import { spawnSync } from "node:child_process";
import { globSync } from "node:fs";

const words = process.argv.slice(2);
const files = globSync(
  "{bench,{foundation,contracts,environments,providers,core,api,apps}/*/bench}/**/*.bench.ts",
)
  .filter((path) => words.every((word) => path.includes(word)))
  .sort();
if (files.length === 0)
  process.stderr.write(`No benchmark has ${words.join(" and ")} in its path\n`);
let failures = files.length === 0 ? 1 : 0;
for (const file of files) {
  process.stdout.write(`\n## ${file}\n\n`);
  const { status } = spawnSync(process.execPath, ["--expose-gc", file], { stdio: "inherit" });
  if (status !== 0) failures++;
}
process.exitCode = failures;
