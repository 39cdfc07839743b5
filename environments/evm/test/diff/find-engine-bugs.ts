/**
 * Plants each fault of `engine-bugs.ts` into a copy of the engine, and says which generated case shows it:
 * `node environments/evm/test/diff/find-engine-bugs.ts [--seed 2026] [--cases 20000] [--run REGEX]`.
 * Exits with 1 where one is not found.
 */
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { parseArgs } from "node:util";
import { differencesOf, observeTest } from "../../src/diff/observe-test.ts";
import { type CaseStep, openEngine, stepsOf } from "../../src/tools.ts";
import { type EngineBug, engineBugs } from "./engine-bugs.ts";

const { values } = parseArgs({
  options: {
    seed: { type: "string", default: "2026" },
    cases: { type: "string", default: "20000" },
    run: { type: "string", default: "." },
  },
});
const seed = Number(values.seed);
const casesMax = Number(values.cases);
const root = join(import.meta.dirname, "../../../..");

/** What the reference says, kept for the next fault. */
const expected: (readonly CaseStep[])[] = [];
using reference = await openEngine("reference");
const wanted = engineBugs.filter(({ name }) => new RegExp(values.run).test(name));
let missed = 0;
for (const bug of wanted) {
  const index = await firstDifference(bug);
  if (index === undefined) missed++;
  process.stdout.write(`| ${bug.name} | ${index ?? "not found"} |\n`);
}
process.exitCode = missed > 0 || wanted.length === 0 ? 1 : 0;

/** How many cases pass before the fault shows; undefined where it does not. */
async function firstDifference(bug: EngineBug): Promise<number | undefined> {
  const folder = mkdtempSync(join(tmpdir(), "bedplate-planted-"));
  try {
    plant(folder, bug);
    const copy: typeof import("../../src/tools.ts") = await import(
      pathToFileURL(join(folder, "src/tools.ts")).href
    );
    using engine = await copy.openEngine("compiled", { tierOne: "immediate" });
    for (let index = 0; index < casesMax; index++) {
      const steps = expected[index] ?? (await Array.fromAsync(stepsOf({ seed }, index, reference)));
      expected[index] = steps;
      for (const { test, right } of steps) {
        const found = await observeTest(test, engine);
        if (differencesOf(found, right).length > 0) return index;
      }
    }
    return undefined;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function plant(folder: string, { name, file, from, to }: EngineBug): void {
  mkdirSync(folder, { recursive: true });
  cpSync(join(root, "environments/evm/src"), join(folder, "src"), { recursive: true });
  cpSync(join(root, "environments/evm/package.json"), join(folder, "package.json"));
  symlinkSync(join(root, "node_modules"), join(folder, "node_modules"));
  const path = join(folder, "src", file);
  const [before, after, ...more] = readFileSync(path, "utf8").split(from);
  if (before === undefined || after === undefined || more.length > 0)
    throw new Error(`Cannot plant "${name}": ${file} does not have its text once`);
  writeFileSync(path, `${before}${to}${after}`);
}
