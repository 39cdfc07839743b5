import type { EVM } from "@ethereumjs/evm";
import type { LogBounds, StopReason } from "../engine.ts";
import { LogCount } from "./log-count.ts";

/** What is looked at while an execution runs. */
export interface Watched {
  readonly deadline?: number | undefined;
  readonly logBounds?: LogBounds | undefined;
}

/** Thrown out of an instruction; the transactor answers `stopped`. */
export class ExecutionStopped extends Error {
  override readonly name = "ExecutionStopped";
  readonly reason: StopReason;

  constructor(reason: StopReason) {
    super(reason);
    this.reason = reason;
  }
}

/** An instruction as the reference implementation carries it out, once its gas is paid. */
type Handler = (this: unknown, state: RunState, ...rest: readonly unknown[]) => unknown;

interface RunState {
  readonly stack: { peek(count: number): readonly bigint[] };
}

interface OpcodeEntry {
  readonly opHandler: Handler;
}

/** Whatever runs for long jumps, calls or creates. */
const deadlineOpcodes: readonly number[] = [0x56, 0x57, 0xf0, 0xf1, 0xf2, 0xf4, 0xf5, 0xfa];
const logOpcodes: readonly number[] = [0xa0, 0xa1, 0xa2, 0xa3, 0xa4];

/**
 * Looks at the deadline and the logs of whatever an EVM executes, in the instructions that matter. Listening
 * to every step instead would copy memory each time, and read what is not there where an instruction is
 * about to fail.
 */
export class ExecutionWatch {
  #deadline: number | undefined;
  #logs: LogCount | undefined;

  constructor(evm: EVM) {
    const table = (evm as unknown as { readonly _opcodeMap: OpcodeEntry[] })._opcodeMap;
    for (const opcode of deadlineOpcodes) wrap(table, opcode, () => this.#checkDeadline());
    for (const opcode of logOpcodes) wrap(table, opcode, (state) => this.#checkLog(state));
  }

  begin({ deadline, logBounds }: Watched): void {
    this.#deadline = deadline;
    this.#logs = logBounds && new LogCount(logBounds);
  }

  end(): void {
    this.begin({});
  }

  beginFrame(): void {
    this.#logs?.begin();
  }

  endFrame(isKept: boolean): void {
    this.#logs?.end(isKept);
  }

  #checkDeadline(): void {
    const isOver = this.#deadline !== undefined && performance.now() > this.#deadline;
    if (isOver) throw new ExecutionStopped("deadline");
  }

  #checkLog({ stack }: RunState): void {
    if (this.#logs === undefined) return;
    const [, size = 0n] = stack.peek(2);
    if (this.#logs.isExceededBy(Number(size))) throw new ExecutionStopped("outputLimit");
  }
}

function wrap(table: OpcodeEntry[], opcode: number, look: (state: RunState) => void): void {
  const entry = table[opcode];
  if (entry === undefined) return;
  const { opHandler } = entry;
  table[opcode] = {
    ...entry,
    opHandler(state, ...rest) {
      look(state);
      return opHandler.call(this, state, ...rest);
    },
  };
}
