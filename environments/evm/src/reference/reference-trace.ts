import type { EVM, EVMResult, InterpreterStep } from "@ethereumjs/evm";
import type { LogBounds, StopReason, Tracer } from "../engine.ts";
import { LogCount } from "./log-count.ts";

/** What is looked at while an execution runs. */
export interface Watched {
  readonly tracer?: Tracer | undefined;
  readonly deadline?: number | undefined;
  readonly logBounds?: LogBounds | undefined;
}

/** Tells a tracer of each instruction until it is disposed; deadline and logs are looked at there too. */
export function traced(evm: EVM, { tracer, deadline, logBounds }: Watched): Disposable {
  const isWatched = tracer !== undefined || deadline !== undefined || logBounds !== undefined;
  if (!isWatched) return { [Symbol.dispose]: () => undefined };
  const count = logBounds && new LogCount(logBounds);
  const listeners = {
    step: (step: InterpreterStep, resume?: () => void): void => {
      if (deadline !== undefined && performance.now() > deadline)
        throw new ExecutionStopped("deadline");
      if (count?.isExceededBy(step) === true) throw new ExecutionStopped("outputLimit");
      if (tracer !== undefined) tell(tracer, step);
      resume?.();
    },
    beforeMessage: (_message: unknown, resume?: () => void): void => {
      count?.begin();
      resume?.();
    },
    afterMessage: (result: EVMResult, resume?: () => void): void => {
      count?.end(result.execResult.exceptionError === undefined);
      resume?.();
    },
  };
  evm.events.on("step", listeners.step);
  evm.events.on("beforeMessage", listeners.beforeMessage);
  evm.events.on("afterMessage", listeners.afterMessage);
  return {
    [Symbol.dispose]: () => {
      evm.events.off("step", listeners.step);
      evm.events.off("beforeMessage", listeners.beforeMessage);
      evm.events.off("afterMessage", listeners.afterMessage);
    },
  };
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

function tell(tracer: Tracer, step: InterpreterStep): void {
  tracer.step({
    pc: step.pc,
    op: step.opcode.code,
    gas: step.gasLeft,
    gasCost: step.opcode.dynamicFee ?? BigInt(step.opcode.fee),
    memorySize: step.memory.length,
    stack: step.stack,
    depth: step.depth + 1,
    refund: step.gasRefund,
    memory: step.memory,
  });
}
