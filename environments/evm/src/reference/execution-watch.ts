import type { EVM } from "@ethereumjs/evm";
import type { LogBounds, StopReason } from "../engine.ts";
import { LogCount } from "./log-count.ts";
import { MemoryCount } from "./memory-count.ts";

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
  readonly code: Uint8Array;
  /** As it will be once the instruction is carried out. */
  readonly memoryWordCount: bigint;
}

interface OpcodeEntry {
  readonly opHandler: Handler;
}

/** Whatever runs for long jumps, calls or creates. */
const deadlineOpcodes: readonly number[] = [0x56, 0x57, 0xf0, 0xf1, 0xf2, 0xf4, 0xf5, 0xfa];
const logOpcodes: readonly number[] = [0xa0, 0xa1, 0xa2, 0xa3, 0xa4];
/** Whatever may make a memory larger, and jumps, which have the whole code analysed. */
const memoryOpcodes: readonly number[] = [
  ...[0x20, 0x37, 0x39, 0x3c, 0x3e, 0x51, 0x52, 0x53, 0x56, 0x57, 0x5e],
  ...[0xa0, 0xa1, 0xa2, 0xa3, 0xa4, 0xf0, 0xf1, 0xf2, 0xf3, 0xf4, 0xf5, 0xfa, 0xfd],
];

/** What leaves something behind until the transaction ends, and about how many bytes that is. */
const keptBytes: Readonly<Record<number, (state: RunState) => number>> = {
  85: () => 512,
  93: () => 256,
  ...Object.fromEntries(logOpcodes.map((opcode) => [opcode, (state) => 512 + logBytes(state)])),
  ...Object.fromEntries([0xf0, 0xf1, 0xf2, 0xf4, 0xf5, 0xfa].map((opcode) => [opcode, () => 1024])),
};

/** What the analysis of code keeps for each of its bytes. */
const analysedByteBytes = 24;

/** Longest memories and codes of the frames in progress; gas alone would allow any size. */
const memoryBytesMax = 1024 * 1024 * 1024;

/**
 * Looks at the deadline, the memory and the logs of whatever an EVM executes, in the instructions that
 * matter. Listening to every step instead would copy memory each time, and read what is not there where an
 * instruction is about to fail.
 */
export class ExecutionWatch {
  #deadline: number | undefined;
  #logs: LogCount | undefined;
  #memory = new MemoryCount(memoryBytesMax);

  constructor(evm: EVM) {
    const table = (evm as unknown as { readonly _opcodeMap: OpcodeEntry[] })._opcodeMap;
    for (const opcode of deadlineOpcodes) wrap(table, opcode, () => this.#checkDeadline());
    for (const [opcode, bytes] of Object.entries(keptBytes)) {
      wrap(table, Number(opcode), (state) => {
        this.#memory.keep(bytes(state));
        this.#checkMemory(state);
      });
    }
    for (const opcode of memoryOpcodes) wrap(table, opcode, (state) => this.#checkMemory(state));
    for (const opcode of logOpcodes) wrap(table, opcode, (state) => this.#checkLog(state));
  }

  begin({ deadline, logBounds }: Watched): void {
    this.#deadline = deadline;
    this.#logs = logBounds && new LogCount(logBounds);
    this.#memory = new MemoryCount(memoryBytesMax);
  }

  end(): void {
    this.begin({});
  }

  beginFrame(): void {
    this.#memory.begin();
    this.#logs?.begin();
  }

  endFrame(isKept: boolean): void {
    this.#memory.end();
    this.#logs?.end(isKept);
  }

  #checkDeadline(): void {
    const isOver = this.#deadline !== undefined && performance.now() > this.#deadline;
    if (isOver) throw new ExecutionStopped("deadline");
  }

  #checkMemory({ code, memoryWordCount }: RunState): void {
    const bytes = Number(memoryWordCount) * 32 + code.length * analysedByteBytes;
    if (this.#memory.isExceededBy(bytes)) throw new ExecutionStopped("memoryLimit");
  }

  #checkLog(state: RunState): void {
    if (this.#logs === undefined) return;
    if (this.#logs.isExceededBy(logBytes(state))) throw new ExecutionStopped("outputLimit");
  }
}

function logBytes({ stack }: RunState): number {
  const [, size = 0n] = stack.peek(2);
  return Number(size);
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
