/**
 * Whole transactions on the interpreter of the compiling engine, and the same on ethereumjs: CPU time, the
 * median of some rounds, engines in turns. The gas of both is compared.
 *
 *   node bench/tier0.bench.ts [--rounds 5] [--reference-rounds 1] [--run REGEX]
 *
 * Programs are state tests in `evm/bench` of the folder that BEDPLATE_VECTORS names.
 */
import { globSync } from "node:fs";
import { basename, join } from "node:path";
import { parseArgs } from "node:util";
import { portableCrypto } from "../src/crypto/index.ts";
import type { WorldReader } from "../src/engine.ts";
import { CompiledEngine } from "../src/machine/compiled-engine.ts";
import { ReferenceTransactor } from "../src/reference/reference-transactor.ts";
import { runStateTestCase } from "../src/statetest/run-state-test.ts";
import type { StateTest } from "../src/statetest/state-test.ts";
import { readTestFile } from "../src/statetest/test-files.ts";
import { EngineTransactor } from "../src/transition/engine-transactor.ts";
import type {
  TransactionRequest,
  TransactionResult,
  Transactor,
} from "../src/transition/transactor.ts";

const { values } = parseArgs({
  options: {
    rounds: { type: "string", default: "5" },
    "reference-rounds": { type: "string", default: "1" },
    run: { type: "string", default: "." },
  },
});
const vectors =
  process.env["BEDPLATE_VECTORS"] ?? join(import.meta.dirname, "../../../../shared/data");
const files = globSync(join(vectors, "evm/bench/*.json")).sort();
const selected = files.filter((path) => new RegExp(values.run).test(basename(path)));
if (selected.length === 0) process.stderr.write(`No program is in ${vectors}/evm/bench\n`);

/** Adds up the CPU time of transactions: reading the test and hashing its world are not the engine's. */
class TimedTransactor implements Transactor {
  readonly name: Transactor["name"];
  readonly #inner: Transactor;
  ms = 0;

  constructor(inner: Transactor) {
    this.name = inner.name;
    this.#inner = inner;
  }

  async transact(request: TransactionRequest, world: WorldReader): Promise<TransactionResult> {
    const before = process.cpuUsage();
    const result = await this.#inner.transact(request, world);
    const used = process.cpuUsage(before);
    this.ms += (used.user + used.system) / 1_000;
    return result;
  }

  [Symbol.dispose](): void {
    this.#inner[Symbol.dispose]();
  }
}

const crypto = portableCrypto;
const engine = new CompiledEngine({ crypto, tierOne: "off" });
const interpreter = new TimedTransactor(new EngineTransactor(engine, crypto));
const reference = new TimedTransactor(new ReferenceTransactor(crypto));
process.stdout.write("| program | gas | ethereumjs ms | tier 0 ms | tier 0 Mgas/s | ratio |\n");
process.stdout.write("| --- | ---: | ---: | ---: | ---: | ---: |\n");
for (const path of selected) await compare(path);

async function compare(path: string): Promise<void> {
  for await (const test of readTestFile(path, { keccak256: (bytes) => crypto.keccak256(bytes) })) {
    await run(test, interpreter);
    const own = await median(test, { transactor: interpreter, rounds: Number(values.rounds) });
    const rounds = Number(values["reference-rounds"]);
    const other = await median(test, { transactor: reference, rounds });
    if (own.gas !== other.gas) throw new Error(`${test.name}: ${own.gas} and ${other.gas} gas`);
    const speed = Number(own.gas) / own.ms / 1_000;
    const cells = [
      basename(path, ".json"),
      own.gas,
      other.ms.toFixed(0),
      own.ms.toFixed(1),
      speed.toFixed(0),
      (other.ms / own.ms).toFixed(1),
    ];
    process.stdout.write(`| ${cells.join(" | ")} |\n`);
  }
}

async function median(
  test: StateTest,
  { transactor, rounds }: { readonly transactor: TimedTransactor; readonly rounds: number },
): Promise<{ readonly ms: number; readonly gas: bigint }> {
  const times: number[] = [];
  let gas = 0n;
  for (let round = 0; round < rounds; round++) {
    transactor.ms = 0;
    gas = await run(test, transactor);
    times.push(transactor.ms);
  }
  times.sort((a, b) => a - b);
  return { ms: times[rounds >> 1] ?? 0, gas };
}

async function run(test: StateTest, transactor: Transactor): Promise<bigint> {
  const [one] = test.cases;
  if (one === undefined) throw new Error(`${test.name} has no case`);
  const { gasUsed, error } = await runStateTestCase(test, one, { transactor, crypto });
  if (gasUsed === undefined) throw new Error(`${test.name}: ${error}`);
  return gasUsed;
}
