import { type OpenEngine, type OpenEngineOptions, openEngine } from "../open-engine.ts";
import { type CodeRun, runCode } from "../run/run-code.ts";
import { readAlloc } from "../statetest/alloc.ts";
import { forkOfLabel } from "../statetest/fork-label.ts";
import { bytesOf, JsonFields, MalformedField } from "../statetest/json-fields.ts";
import { noBytes } from "../transition/bytes.ts";

/** Times of one program, CPU milliseconds of this process. */
export interface BenchRow {
  readonly name: string;
  readonly gas: string;
  /** Median with warm code. */
  readonly compiledMs: number;
  /** Median of the interpreter alone. */
  readonly interpretedMs: number;
  /** The first call by an engine that has never seen the code, with compiling in the background. */
  readonly firstMs: number;
  /** The first call by an interpreter alone. */
  readonly firstInterpretedMs: number;
  /** Median of the reference; absent where it is left out. */
  readonly referenceMs?: number | undefined;
}

export interface BenchOptions {
  readonly rounds: number;
  readonly withReference: boolean;
}

/** Gas of a call: more than any program of a few seconds needs. */
const gas = 100_000_000_000n;
/** Calls before the code counts as warm. */
const warmCalls = 5;

/** Measures the call that a state test makes, as a message without a transaction around it. */
export async function benchTest(
  name: string,
  value: unknown,
  { rounds, withReference }: BenchOptions,
): Promise<BenchRow> {
  const run = codeRunOf(name, value);
  const first = await onEngine("compiled", {}, (engine) => timed(run, engine));
  const [interpreted, cold] = await onEngine("compiled", { tierOne: "off" }, async (engine) => {
    const before = await timed(run, engine);
    return [await medianOf(run, { engine, rounds }), before.ms] as const;
  });
  const warm = await onEngine("compiled", { tierOne: "immediate" }, async (engine) => {
    for (let call = 0; call < warmCalls; call++) await timed(run, engine);
    return medianOf(run, { engine, rounds });
  });
  const reference = withReference
    ? await onEngine("reference", {}, (engine) => medianOf(run, { engine, rounds: 1 }))
    : undefined;
  return {
    name,
    gas: first.gas.toString(),
    compiledMs: warm,
    interpretedMs: interpreted,
    firstMs: first.ms,
    firstInterpretedMs: cold,
    referenceMs: reference,
  };
}

async function onEngine<Result>(
  name: "compiled" | "reference",
  options: OpenEngineOptions,
  work: (engine: OpenEngine) => Promise<Result>,
): Promise<Result> {
  using engine = await openEngine(name, options);
  return await work(engine);
}

async function medianOf(
  run: CodeRun,
  { engine, rounds }: { readonly engine: OpenEngine; readonly rounds: number },
): Promise<number> {
  const times: number[] = [];
  for (let round = 0; round < rounds; round++) times.push((await timed(run, engine)).ms);
  return times.toSorted((a, b) => a - b)[rounds >> 1] ?? 0;
}

async function timed(
  run: CodeRun,
  engine: OpenEngine,
): Promise<{ readonly ms: number; readonly gas: bigint }> {
  const before = process.cpuUsage();
  const { kind, failure, gasLeft } = await runCode(run, engine);
  const { user, system } = process.cpuUsage(before);
  if (kind !== "success") throw new MalformedField(`the call ends as ${failure ?? kind}`);
  return { ms: (user + system) / 1_000, gas: gas - gasLeft };
}

function codeRunOf(name: string, value: unknown): CodeRun {
  const test = new JsonFields(value, name);
  const transaction = test.object("transaction");
  const [label = ""] = Object.keys(test.raw("post") ?? {});
  const fork = forkOfLabel(label)?.fork;
  if (fork === undefined) throw new MalformedField(`${name} has no known fork`);
  const [data] = transaction.list("data");
  return {
    fork,
    code: noBytes,
    input: bytesOf(data) ?? noBytes,
    gas,
    value: 0n,
    gasPrice: 0n,
    sender: transaction.address("sender"),
    to: transaction.address("to"),
    isCreation: false,
    accounts: readAlloc(test.raw("pre"), `${name}.pre`),
  };
}
