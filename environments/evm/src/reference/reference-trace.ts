import type { EVM, EVMResult, InterpreterStep } from "@ethereumjs/evm";
import type { Tracer } from "../engine.ts";
import type { ExecutionWatch, Watched } from "./execution-watch.ts";

/** Tells a tracer of each instruction, and watches deadline and logs, until it is disposed. */
export function traced(
  { evm, watch }: { readonly evm: EVM; readonly watch: ExecutionWatch },
  { tracer, deadline, logBounds }: Watched & { readonly tracer?: Tracer | undefined },
): Disposable {
  watch.begin({ deadline, logBounds });
  const step = (each: InterpreterStep, resume?: () => void): void => {
    if (tracer !== undefined) tell(tracer, each);
    resume?.();
  };
  const beforeMessage = (_: unknown, resume?: () => void): void => {
    watch.beginFrame();
    resume?.();
  };
  const afterMessage = ({ execResult }: EVMResult, resume?: () => void): void => {
    watch.endFrame(execResult.exceptionError === undefined);
    resume?.();
  };
  // Where anybody listens to steps, each copies the memory.
  if (tracer !== undefined) evm.events.on("step", step);
  evm.events.on("beforeMessage", beforeMessage);
  evm.events.on("afterMessage", afterMessage);
  return {
    [Symbol.dispose]: () => {
      watch.end();
      evm.events.off("step", step);
      evm.events.off("beforeMessage", beforeMessage);
      evm.events.off("afterMessage", afterMessage);
    },
  };
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
