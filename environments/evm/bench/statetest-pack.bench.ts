/**
 * Runs a pack of state tests and prints cases per second of CPU time and what failed:
 * `node environments/evm/bench/statetest-pack.bench.ts [--engine reference] [--shard 0/4] [--run REGEX] FILE...`
 */
import { appendFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { portableCrypto } from "../src/crypto/index.ts";
import { type OpenEngine, openEngine } from "../src/open-engine.ts";
import { runStateTestCase } from "../src/statetest/run-state-test.ts";
import { readTestFile } from "../src/statetest/test-files.ts";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    tier: { type: "string", default: "background" },
    engine: { type: "string", default: "compiled" },
    shard: { type: "string", default: "0/1" },
    run: { type: "string" },
    skip: { type: "string" },
    loose: { type: "boolean", default: false },
    failures: { type: "string" },
    slow: { type: "string", default: "1000" },
  },
});
const [part = 0, parts = 1] = values.shard.split("/").map(Number);
const { transactor, crypto } = await opened(values.engine);
const run = values.run === undefined ? undefined : new RegExp(values.run);
const skip = values.skip === undefined ? undefined : new RegExp(values.skip);
const failed: string[] = [];
let [count, at] = [0, 0];
const keccak256 = (bytes: Uint8Array): Uint8Array => crypto.keccak256(bytes);
const before = process.cpuUsage();
for (const path of positionals) {
  for await (const test of readTestFile(path, { keccak256, run })) {
    if (at++ % parts !== part || skip?.test(test.name)) continue;
    for (const one of test.cases) {
      const started = performance.now();
      const options = { transactor, crypto, isStrict: !values.loose };
      const result = await runStateTestCase(test, one, options).catch((error: unknown) => {
        return { pass: false, error: error instanceof Error ? error.stack : String(error) };
      });
      count++;
      const took = performance.now() - started;
      if (took > Number(values.slow))
        process.stderr.write(`slow ${Math.round(took)} ms ${test.name}\n`);
      if (!result.pass) failed.push(`${test.name} ${one.fork}/${one.index}: ${result.error}`);
    }
  }
}
const used = process.cpuUsage(before);
const seconds = (used.user + used.system) / 1e6;
for (const line of failed.slice(0, 40)) process.stdout.write(`FAIL ${line}\n`);
if (values.failures !== undefined)
  appendFileSync(values.failures, failed.map((line) => `${line}\n`).join(""));
process.stdout.write(
  `${values.engine}: ${count - failed.length} of ${count} pass, ${seconds.toFixed(1)} s CPU, ${(count / seconds).toFixed(0)} cases/s\n`,
);

async function opened(engine: string): Promise<Pick<OpenEngine, "transactor" | "crypto">> {
  if (engine !== "transition") {
    return await openEngine(engine, { tierOne: values.tier as "off" | "background" | "immediate" });
  }
  const { MessageOnReference } = await import("../test/message-on-reference.ts");
  return { transactor: new MessageOnReference(portableCrypto), crypto: portableCrypto };
}
