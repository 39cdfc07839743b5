import { raise } from "@bedplate/errors";
import { EventLoopTurns } from "../event-loop-turns.ts";
import type { OpenEngine } from "../open-engine.ts";
import { JsonTracer, type TraceParts, traceSummary } from "../trace/json-tracer.ts";
import { hexOfBytes, noBytes } from "../transition/bytes.ts";
import { forkOfLabel } from "./fork-label.ts";
import { MalformedField } from "./json-fields.ts";
import { runStateTestCase, type StateTestResult } from "./run-state-test.ts";
import type { StateTest, StateTestCase } from "./state-test.ts";
import { readTestFile } from "./test-files.ts";

export interface TestFileOptions extends Pick<OpenEngine, "transactor" | "crypto"> {
  /** Which tests, by their names; all if absent. */
  readonly run?: RegExp | undefined;
  /** Only cases of this fork, and only the one at this position of it. */
  readonly fork?: string | undefined;
  readonly index?: number | undefined;
  readonly isStrict?: boolean | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Where a trace of each case goes, line by line. */
  readonly trace?: (TraceParts & { write(line: string): void }) | undefined;
}

/** Runs the state tests of a file one after the other. Faults: `resource.missing`, `argument.invalid`. */
export async function* runTestFile(
  path: string,
  options: TestFileOptions,
): AsyncGenerator<StateTestResult> {
  const { crypto, run } = options;
  const keccak256 = (bytes: Uint8Array): Uint8Array => crypto.keccak256(bytes);
  const turns = new EventLoopTurns(options.signal);
  try {
    for await (const test of readTestFile(path, { keccak256, run })) {
      for (const one of test.cases) {
        if (!isWanted(one, options)) continue;
        await turns.give();
        yield await runOne(test, one, options);
      }
    }
  } catch (error) {
    throw asFault(error, path);
  }
}

function isWanted(one: StateTestCase, { fork, index }: TestFileOptions): boolean {
  if (fork !== undefined && one.fork.toLowerCase() !== fork.toLowerCase()) return false;
  return index === undefined || one.index === index;
}

async function runOne(
  test: StateTest,
  one: StateTestCase,
  options: TestFileOptions,
): Promise<StateTestResult> {
  const { trace, transactor, crypto, isStrict } = options;
  const labelled = forkOfLabel(one.fork);
  const tracer = trace && labelled && new JsonTracer({ ...trace, fork: labelled.fork });
  const result = await runStateTestCase(test, one, { transactor, crypto, isStrict, tracer });
  if (trace === undefined || result.root === undefined) return result;
  const { output = noBytes, gasUsed = 0n, root, pass } = result;
  trace.write(traceSummary({ output, gasUsed, root, pass }));
  return result;
}

function asFault(error: unknown, path: string): unknown {
  const { code } = error as NodeJS.ErrnoException;
  if (code === "ENOENT" || code === "ENOTDIR") {
    return raise("resource.missing", {
      op: "evm.statetest",
      detail: { type: "file", id: path },
      message: `Cannot read ${path}: there is no such file`,
    });
  }
  const isOurs =
    error instanceof MalformedField || String(code).startsWith("Z_") || code === "EISDIR";
  if (!isOurs) return error;
  return raise("argument.invalid", {
    op: "evm.statetest",
    detail: { path, rule: "state tests" },
    message: `Cannot read ${path}: ${(error as Error).message}`,
    cause: error,
  });
}

/** A result in the form that geth's `evm statetest` prints. */
export function resultJson({ name, pass, fork, root, error }: StateTestResult): object {
  return {
    name,
    pass,
    ...(root !== undefined && { stateRoot: `0x${hexOfBytes(root)}` }),
    fork,
    ...(error !== undefined && { error }),
  };
}
