import { ModuleWriter } from "../emit/module-writer.ts";
import type { InstructionSet } from "../instructions/instruction-set.ts";
import { findJumpDestinations } from "../instructions/jump-destinations.ts";
import { pageBytes, stepType } from "../machine/layout.ts";
import {
  type CompileTarget,
  type MachineFunction,
  machineFunctions,
  operationName,
  operationOpcodes,
  operationShape,
} from "./compile-target.ts";
import { type PlannedStep, planSteps } from "./plan-steps.ts";
import { writeStep } from "./write-step.ts";

/** Bounds of one compilation; what is beyond stays on tier 0. */
export const compileLimits = {
  /** Bytes of EVM code: the largest that any fork lets an account have. */
  codeBytesMax: 65_536,
  /** Wasm functions. Real contracts of 24 KiB have about 1,000 places that jumps lead to. */
  stepsMax: 4_096,
  /** Bytes of Wasm for a byte of EVM code, on the whole; with some to begin with. */
  growthMax: 64,
  growthBytesFree: 65_536,
} as const;

/** Code as Wasm. */
export interface CompiledCode {
  readonly wasm: Uint8Array<ArrayBuffer>;
  /** Places in the code where the steps begin, in the order of their entries in the table. */
  readonly starts: readonly number[];
}

/** Wasm for EVM code, under the rules of one fork; undefined for code beyond the limits. */
export function compileCode(bytes: Uint8Array, set: InstructionSet): CompiledCode | undefined {
  if (bytes.length === 0 || bytes.length > compileLimits.codeBytesMax) return undefined;
  const destinations = findJumpDestinations(bytes);
  const planned = planSteps(bytes, set, destinations);
  if (planned.length > compileLimits.stepsMax) return undefined;
  const module = new ModuleWriter();
  const tableBase = importMachine(module);
  const target = targetOf(module, { bytes, set, destinations, planned, tableBase });
  let room = bytes.length * compileLimits.growthMax + compileLimits.growthBytesFree;
  for (const step of planned) {
    const code = writeStep(target, step);
    room -= code.out.length;
    if (room < 0) return undefined;
    module.setBody(target.stepAt(step.start), code);
  }
  module.elementsAtGlobal(
    tableBase,
    planned.map(({ start }) => target.stepAt(start)),
  );
  return { wasm: module.finish(), starts: planned.map(({ start }) => start) };
}

/** Index of the global that says where the table has room. */
function importMachine(module: ModuleWriter): number {
  const field = (name: string) => ({ module: "machine", field: name });
  module.importMemory(field("memory"), { initial: 1, maximum: 2 ** 32 / pageBytes });
  module.importTable(field("table"), 1);
  return module.importGlobal(field("tableBase"), "i32");
}

interface Parts {
  readonly bytes: Uint8Array;
  readonly set: InstructionSet;
  readonly destinations: Uint8Array;
  readonly planned: readonly PlannedStep[];
  readonly tableBase: number;
}

function targetOf(module: ModuleWriter, parts: Parts): CompileTarget {
  const { bytes, set, destinations, planned, tableBase } = parts;
  const functions = new Map<string, number>();
  for (const [name, shape] of Object.entries(machineFunctions)) {
    functions.set(name, module.importFunction({ module: "machine", field: name }, shape));
  }
  for (const opcode of operationOpcodes) {
    const name = operationName(opcode);
    functions.set(name, module.importFunction({ module: "machine", field: name }, operationShape));
  }
  const steps = new Map(planned.map(({ start }) => [start, module.declareFunction(stepType)]));
  const offsets = new Map(planned.map(({ start }, index) => [start, index]));
  return {
    bytes,
    set,
    destinations,
    tableBase,
    stepType: module.typeOf(stepType),
    indexOf: (name: MachineFunction) => functions.get(name) as number,
    operationAt: (opcode) => functions.get(operationName(opcode)) as number,
    stepAt: (pc) => steps.get(pc) as number,
    tableOffsetAt: (pc) => offsets.get(pc) as number,
  };
}
