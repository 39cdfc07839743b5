import type { Tracer, TraceStep } from "../engine.ts";
import type { Fork } from "../forks/fork.ts";
import { instructionSetOf } from "../instructions/instruction-set.ts";
import { hexOfBytes } from "../transition/bytes.ts";

/** Which parts of a step are written; stacks are, memory and return data are not, unless said. */
export interface TraceParts {
  readonly hasStack?: boolean | undefined;
  readonly hasMemory?: boolean | undefined;
  readonly hasReturnData?: boolean | undefined;
}

export interface JsonTracerOptions extends TraceParts {
  readonly fork: Fork;
  /** Takes one line without its end. */
  write(line: string): void;
}

/** Writes each step as a line of JSON in the form of EIP-3155. */
export class JsonTracer implements Tracer {
  readonly #names: readonly string[];
  readonly #options: JsonTracerOptions;

  constructor(options: JsonTracerOptions) {
    this.#names = instructionSetOf(options.fork).names;
    this.#options = options;
  }

  step(step: TraceStep): void {
    const { hasStack = true, hasMemory = false, hasReturnData = false } = this.#options;
    const line = {
      pc: step.pc,
      op: step.op,
      gas: hexOf(step.gas),
      gasCost: hexOf(step.gasCost),
      ...(hasMemory && step.memory !== undefined && { memory: `0x${hexOfBytes(step.memory)}` }),
      memSize: step.memorySize,
      ...(hasStack && { stack: step.stack.map(hexOf) }),
      ...(hasReturnData &&
        step.returnData !== undefined && { returnData: `0x${hexOfBytes(step.returnData)}` }),
      depth: step.depth,
      refund: Number(step.refund),
      opName: this.#names[step.op],
      ...(step.error !== undefined && { error: step.error }),
    };
    this.#options.write(JSON.stringify(line));
  }
}

export interface TraceEnd {
  readonly output: Uint8Array;
  readonly gasUsed: bigint;
  readonly root?: Uint8Array | undefined;
  readonly pass?: boolean | undefined;
  readonly error?: string | undefined;
}

/** The last line of a trace. */
export function traceSummary({ output, gasUsed, root, pass, error }: TraceEnd): string {
  return JSON.stringify({
    ...(root !== undefined && { stateRoot: `0x${hexOfBytes(root)}` }),
    output: hexOfBytes(output),
    gasUsed: hexOf(gasUsed),
    ...(pass !== undefined && { pass }),
    ...(error !== undefined && { error }),
  });
}

function hexOf(value: bigint): string {
  return `0x${value.toString(16)}`;
}
