import { existsSync } from "node:fs";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { engineNames, openEngine } from "../src/open-engine.ts";
import { runStateTestCase } from "../src/statetest/run-state-test.ts";
import { readTestFile } from "../src/statetest/test-files.ts";

const root = join(import.meta.dirname, "../../..");
const folder = process.env["BEDPLATE_VECTORS"] ?? join(root, "../shared/data");
const own = join(import.meta.dirname, "vectors/own.json");

interface Pack {
  readonly file: string;
  /** Of the pack's tests every so many-th is run. */
  readonly every: number;
}

/** Published state tests; they are not part of this repository. */
const packs: readonly Pack[] = [
  { file: join(folder, "evm/eest-v5.4.0-Osaka.jsonl.gz"), every: 8 },
  { file: join(folder, "evm/ethereum-tests-v13.3-Cancun.jsonl.gz"), every: 8 },
];
const present = packs.filter(({ file }) => existsSync(file));

/** Each takes seconds; `bench/statetest-pack.bench.ts` runs them with the rest. */
const slow = /50000|loopMul|loopExp|CALLCODEBlake2f/;

const compiled = await openEngine("compiled");
const reference = await openEngine("reference");
const engines = { compiled, reference };
afterAll(() => {
  for (const engine of Object.values(engines)) engine[Symbol.dispose]();
});

async function run(pack: Pack, engine: keyof typeof engines) {
  const { transactor, crypto } = engines[engine];
  const failed: string[] = [];
  let [count, at] = [0, 0];
  const keccak256 = (bytes: Uint8Array): Uint8Array => crypto.keccak256(bytes);
  for await (const each of readTestFile(pack.file, { keccak256 })) {
    if (at++ % pack.every !== 0 || slow.test(each.name)) continue;
    for (const one of each.cases) {
      const result = await runStateTestCase(each, one, { transactor, crypto, isStrict: true });
      count++;
      if (!result.pass) failed.push(`${each.name} ${one.fork}/${one.index}: ${result.error}`);
    }
  }
  return { count, failed };
}

test.each(engineNames)("the %s engine passes the vectors of this repository", async (engine) => {
  const { count, failed } = await run({ file: own, every: 1 }, engine);
  expect(failed).toEqual([]);
  expect(count).toBeGreaterThan(200);
});

if (present.length < packs.length) {
  test("published vectors were not run: BEDPLATE_VECTORS has none, only this repository's own were", () => {
    process.stderr.write(`no state tests below ${folder}: only the repository's own were run\n`);
    expect(existsSync(own)).toBe(true);
  });
} else {
  test("the compiled engine passes a sample of more than 2,000 published state tests", {
    timeout: 170_000,
  }, async () => {
    const results = [];
    for (const pack of present) results.push(await run(pack, "compiled"));
    expect(results.flatMap(({ failed }) => failed)).toEqual([]);
    expect(results.reduce((sum, { count }) => sum + count, 0)).toBeGreaterThan(2_000);
  });
}
