import { tierOneSource } from "../compile/machine-source.ts";
import { type CompiledProgram, compileProgram } from "../emit/language/compile-program.ts";
import type { FunctionType } from "../emit/module-writer.ts";
import type { ValueType } from "../emit/opcodes.ts";
import { frontierGas } from "../forks/gas-schedule.ts";
import { priceAddress, priceNames, ruleAddress, ruleNames } from "./fork-registers.ts";
import * as layout from "./layout.ts";
import { accountSource } from "./program/accounts.ts";
import { arithmeticSource } from "./program/arithmetic.ts";
import { callSource } from "./program/calls.ts";
import { codeSource } from "./program/code-objects.ts";
import { createSource } from "./program/creates.ts";
import { divisionSource } from "./program/division.ts";
import { executionSource } from "./program/execution.ts";
import { frameSource } from "./program/frames.ts";
import { hashTableSource } from "./program/hash-tables.ts";
import { heapSource } from "./program/heap.ts";
import { keccakSource } from "./program/keccak.ts";
import { memorySource } from "./program/memory.ts";
import { storageSource } from "./program/storage.ts";
import { operationNames, operations, tier0Source } from "./program/tier0.ts";
import { bitSource } from "./program/tier0-arithmetic.ts";
import { worldSource } from "./program/tier0-world.ts";
import { wideModuloSource } from "./program/wide-modulo.ts";

const sources = [
  arithmeticSource,
  divisionSource,
  wideModuloSource,
  bitSource,
  keccakSource,
  heapSource,
  hashTableSource,
  accountSource,
  storageSource,
  codeSource,
  memorySource,
  frameSource,
  callSource,
  createSource,
  worldSource,
  executionSource,
  tier0Source,
  tierOneSource(operations),
];

/** What the host gives to the machine; `MachineHost` says what each does. */
const hostFunctions: ReadonlyMap<string, FunctionType> = new Map([
  ["exhausted", signature([])],
  ["outputExhausted", signature([])],
  ["pollHost", signature(["i64", "i32"])],
  ["loadAccount", signature(["i32"])],
  ["loadCode", signature(["i32"], ["i32"])],
  ["loadSlot", signature(["i32"])],
  ["blockHashHost", signature(["i32"])],
  ["precompile", signature(["i32", "i32", "i32", "i64"], ["i64"])],
  ["hot", signature(["i32"])],
  ["traceHost", signature(["i64", "i32", "i32", "i32", "i32"])],
]);

/** Steps at fixed indices of the table. */
const fixedSteps: Readonly<
  Record<Exclude<keyof typeof layout.steps, "opcodes" | "plainOpcodes" | "firstFree">, string>
> = {
  dispatch: "dispatch",
  fail: "fail",
  stop: "stop",
  invalid: "invalid",
  trace: "trace",
  call: "call",
  callCode: "callCode",
  delegateCall: "delegateCall",
  staticCall: "staticCall",
  create: "create",
  create2: "create2",
  return: "opReturn",
  revert: "opRevert",
  selfDestruct: "selfDestruct",
};

export interface MachineOptions {
  readonly memoryPagesMax: number;
}

/**
 * The bytes of the machine's module: runtime and tier 0. Exports the functions that the host and tier 1 use,
 * `memory`, and `table` with the steps of `layout.steps`. Opcodes are all there under
 * `steps.plainOpcodes`; the host takes out those that the fork does not have.
 */
export function buildMachine({ memoryPagesMax }: MachineOptions): Uint8Array<ArrayBuffer> {
  const program = compileProgram({
    sources,
    constants: constantsOf(),
    imports: hostFunctions,
    stepType: layout.stepType,
  });
  const { module } = program;
  const initial = Math.ceil(layout.zone.memory / layout.pageBytes) + 16;
  module.defineMemory({ initial, maximum: memoryPagesMax });
  module.exportMemory("memory");
  module.defineTable(layout.steps.firstFree);
  module.exportTable("table");
  fillTable(program);
  return module.finish();
}

function fillTable({ module, callees }: CompiledProgram): void {
  const indexOf = (name: string) => callees.get(name)?.index as number;
  const opcodes = Array.from({ length: 256 }, (_, opcode) =>
    indexOf(operationNames.get(opcode) ?? "invalid"),
  );
  module.elements(layout.steps.opcodes, opcodes);
  module.elements(layout.steps.plainOpcodes, opcodes);
  for (const [name, step] of Object.entries(fixedSteps)) {
    module.elements(layout.steps[name as keyof typeof layout.steps], [indexOf(step)]);
  }
}

function signature(
  parameters: readonly ValueType[],
  results: readonly ValueType[] = [],
): FunctionType {
  return { parameters, results };
}

/** The names that the machine's programs use for numbers. */
function constantsOf(): ReadonlyMap<string, bigint> {
  const names = new Map<string, bigint>();
  const groups = {
    zone: layout.zone,
    frame: layout.frame,
    frameFlags: layout.frameFlags,
    code: layout.code,
    account: layout.account,
    accountFlags: layout.accountFlags,
    slot: layout.slot,
    slotFlags: layout.slotFlags,
    machine: layout.machine,
    scratch: layout.scratch,
    constants: layout.constants,
    steps: layout.steps,
    // Prices that no fork changes; the others are read from their registers.
    cost: frontierGas,
  };
  for (const [group, fields] of Object.entries(groups)) {
    for (const [field, value] of Object.entries(fields))
      names.set(`${group}.${field}`, BigInt(value));
  }
  for (const name of priceNames) names.set(`price.${name}`, BigInt(priceAddress(name)));
  for (const name of ruleNames) names.set(`rule.${name}`, BigInt(ruleAddress(name)));
  layout.failures.forEach((name, code) => {
    names.set(`failure.${name}`, BigInt(code));
  });
  names.set("failureBase", layout.failureBase);
  names.set("codeBuckets", BigInt(layout.buckets.codes.at));
  names.set("hashBuckets", BigInt(layout.buckets.hashes.at));
  names.set("hashBucketLast", BigInt(layout.buckets.hashes.count - 1));
  return names;
}
