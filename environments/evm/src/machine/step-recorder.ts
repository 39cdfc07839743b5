import type { Tracer, TraceStep } from "../engine.ts";
import { frame, machine, regionBytes, zone } from "./layout.ts";
import type { MachineMemory } from "./machine-memory.ts";

/** A step as the machine hands it over, before it executes. */
export interface MachineStep {
  readonly gas: bigint;
  readonly sp: number;
  readonly memory: number;
  readonly memorySize: number;
  /** Address of the opcode. */
  readonly pc: number;
}

/** SSTORE and SELFDESTRUCT. */
const refunding: ReadonlySet<number> = new Set([0x55, 0xff]);

/**
 * Tells a tracer of each instruction. What an instruction costs is known when the next one begins, so each
 * is told one late: in the same frame the difference of the gas, for a call what the caller kept.
 */
export class StepRecorder {
  readonly #tracer: Tracer;
  readonly #memory: MachineMemory;
  #pending: { readonly step: TraceStep; readonly region: number } | undefined;

  constructor(tracer: Tracer, memory: MachineMemory) {
    this.#tracer = tracer;
    this.#memory = memory;
  }

  step(step: MachineStep): void {
    const region = (step.sp & 0xffff0000) >>> 0;
    this.#flush(step.gas, region);
    const memory = this.#memory;
    this.#pending = {
      region,
      step: {
        pc: step.pc - memory.int(region + frame.code),
        op: memory.view(step.pc, 1)[0] as number,
        gas: step.gas,
        gasCost: 0n,
        memorySize: step.memorySize,
        stack: this.#stack(region, step.sp),
        depth: (region - zone.stacks) / regionBytes + 1,
        refund: this.#refund(),
        memory: memory.bytes(step.memory, step.memorySize),
        returnData: memory.bytes(
          memory.int(machine.returnData),
          memory.int(machine.returnDataSize),
        ),
      },
    };
  }

  /** Tells the last instruction. */
  finish(): void {
    if (this.#pending !== undefined) this.#tracer.step(this.#withRefund(this.#pending.step));
    this.#pending = undefined;
  }

  #flush(gas: bigint, region: number): void {
    const pending = this.#pending;
    if (pending === undefined) return;
    const isCall = region > pending.region;
    const kept = isCall ? this.#memory.long(pending.region + frame.gas) : gas;
    const gasCost = region < pending.region ? 0n : pending.step.gas - kept;
    this.#tracer.step({ ...this.#withRefund(pending.step), gasCost });
  }

  /** What an instruction refunds is counted with its price: the field's tools show it with the instruction. */
  #withRefund(step: TraceStep): TraceStep {
    return refunding.has(step.op) ? { ...step, refund: this.#refund() } : step;
  }

  #refund(): bigint {
    return BigInt.asIntN(64, this.#memory.long(machine.refund));
  }

  #stack(region: number, sp: number): readonly bigint[] {
    const items: bigint[] = [];
    for (let at = region + frame.stack; at < sp; at += 32) items.push(this.#memory.item(at));
    return items;
  }
}
