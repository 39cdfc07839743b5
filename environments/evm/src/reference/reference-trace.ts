import type { EVM, InterpreterStep } from "@ethereumjs/evm";
import type { Tracer } from "../engine.ts";

/** Tells a tracer of each instruction until it is disposed; the deadline is looked at there too. */
export function traced(
  evm: EVM,
  { tracer, deadline }: { tracer?: Tracer | undefined; deadline?: number | undefined },
): Disposable {
  if (tracer === undefined && deadline === undefined) return { [Symbol.dispose]: () => undefined };
  const listener = (step: InterpreterStep, resume?: () => void): void => {
    if (deadline !== undefined && performance.now() > deadline) throw new DeadlinePassed();
    if (tracer !== undefined) tell(tracer, step);
    resume?.();
  };
  evm.events.on("step", listener);
  return { [Symbol.dispose]: () => void evm.events.off("step", listener) };
}

/** Thrown out of an instruction; the transactor answers `stopped`. */
export class DeadlinePassed extends Error {
  override readonly name = "DeadlinePassed";
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
