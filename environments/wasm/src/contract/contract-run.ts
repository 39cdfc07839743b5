import type { Invocation } from "@bedplate/environment";
import type { OutputLog } from "../run/output-log.ts";
import type { CallAnswer, RunJournal } from "./run-journal.ts";
import type { WriteSet } from "./write-set.ts";

/** One attempt of one run, as the contract's host functions see it. */
export interface ContractRun {
  readonly invocation: Invocation;
  readonly journal: RunJournal;
  readonly writes: WriteSet;
  readonly output: OutputLog;
  /** Epoch milliseconds that the guest is told. */
  readonly now: number;
  readonly seed: Uint8Array;
  readonly isInitialisation: boolean;
  result: Uint8Array;
  /** Cross-calls that this attempt has made so far. */
  callsMade: number;
  lastAnswer: CallAnswer | undefined;
}
