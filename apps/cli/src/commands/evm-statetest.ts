import { createInterface } from "node:readline";
import { type Command, countOption, type Invocation, isSet, textOption } from "../command.ts";
import { engineOf, engineOption, traceOf, traceOptionHelp, traceOptions } from "../evm/options.ts";
import { exitCodes } from "../exit-codes.ts";
import { UsageError } from "../usage-error.ts";

export const evmStatetest: Command = {
  name: "evm statetest",
  summary: "Run Ethereum state tests; without a file, the files that standard input names",
  operands: "[FILE...]",
  options: {
    engine: { type: "string" },
    run: { type: "string" },
    "statetest.fork": { type: "string" },
    "statetest.index": { type: "string" },
    "strict-exceptions": { type: "boolean" },
    ...traceOptions,
  },
  optionHelp: {
    engine: engineOption,
    run: "only tests whose names this regular expression finds",
    "statetest.fork": "only cases of this fork",
    "statetest.index": "only the case at this position of its fork",
    "strict-exceptions": "a refused transaction must have the expected name of its fault",
    ...traceOptionHelp,
  },
  async run(invocation) {
    const { openEngine } = await import("@bedplate/environment-evm/tools");
    const run = runOption(invocation);
    using engine = await openEngine(engineOf(invocation));
    const report = new Report(invocation, { engine, run });
    const { positionals } = invocation;
    if (positionals.length > 0) await report.files(positionals);
    else {
      for await (const line of createInterface({ input: process.stdin })) {
        if (line.trim() !== "") await report.files([line.trim()]);
      }
    }
    report.end();
    return report.failed > 0 ? exitCodes.failure : exitCodes.success;
  },
};

type Tools = typeof import("@bedplate/environment-evm/tools");
type OpenEngine = Awaited<ReturnType<Tools["openEngine"]>>;

function runOption(invocation: Invocation): RegExp | undefined {
  const text = textOption(invocation, "run");
  if (text === undefined) return undefined;
  try {
    return new RegExp(text);
  } catch (cause) {
    throw new UsageError(`--run ${text} is not a regular expression`, { cause });
  }
}

/** Runs files and prints: with --json an array of results for each group of files, else what failed. */
class Report {
  failed = 0;
  #count = 0;
  readonly #invocation: Invocation;
  readonly #options: { readonly engine: OpenEngine; readonly run: RegExp | undefined };

  constructor(
    invocation: Invocation,
    options: { readonly engine: OpenEngine; readonly run: RegExp | undefined },
  ) {
    this.#invocation = invocation;
    this.#options = options;
  }

  async files(paths: readonly string[]): Promise<void> {
    const { resultJson, runTestFile } = await import("@bedplate/environment-evm/tools");
    const { terminal, signal } = this.#invocation;
    const { engine, run } = this.#options;
    const results: object[] = [];
    for (const path of paths) {
      const tests = runTestFile(path, {
        transactor: engine.transactor,
        crypto: engine.crypto,
        run,
        signal,
        fork: textOption(this.#invocation, "statetest.fork"),
        index: countOption(this.#invocation, "statetest.index"),
        isStrict: isSet(this.#invocation, "strict-exceptions"),
        trace: traceOf(this.#invocation),
      });
      for await (const result of tests) {
        this.#count++;
        if (!result.pass) this.failed++;
        if (terminal.isJson) results.push(resultJson(result));
        else if (!result.pass) {
          terminal.out(`FAIL ${result.name} ${result.fork}/${result.index}: ${result.error}\n`);
        }
      }
    }
    if (terminal.isJson) terminal.out(`${JSON.stringify(results, null, 2)}\n`);
  }

  end(): void {
    const { terminal } = this.#invocation;
    if (!terminal.isJson) terminal.out(`${this.#count - this.failed} of ${this.#count} pass\n`);
  }
}
