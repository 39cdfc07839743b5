import type { Operation } from "./operation.ts";
import { failIfOut, go } from "./pieces.ts";
import { arithmeticOps } from "./tier0-arithmetic.ts";
import { environmentOps } from "./tier0-environment.ts";
import { stackOps } from "./tier0-stack.ts";
import { worldOps } from "./tier0-world.ts";

export const operations: readonly Operation[] = [
  ...arithmeticOps,
  ...stackOps,
  ...environmentOps,
  ...worldOps,
];

/** Function names of the instructions, by opcode. */
export const operationNames: ReadonlyMap<number, string> = new Map(
  operations.map(({ opcode }) => [opcode, nameOf(opcode)]),
);

/** The interpreter: one step per instruction, each going on with the next by a tail call. */
export const tier0Source: string = `
export step dispatch { become [u8[pc]](gas, sp, memory, memorySize, pc); }

step trace {
  traceHost(gas, sp, memory, memorySize, pc);
  become [u8[pc] + steps.plainOpcodes](gas, sp, memory, memorySize, pc);
}
${operations.map(stepOf).join("\n")}
`;

function nameOf(opcode: number): string {
  return `op${opcode.toString(16).padStart(2, "0")}`;
}

function stepOf(operation: Operation): string {
  const { opcode, gas, needs, grows, body, isLast, immediate = 0 } = operation;
  return `step ${nameOf(opcode)} {
  ${gas === 0 ? "" : `gas -= ${gas}; ${failIfOut}`}
  ${needs > 0 ? `if ((sp & 0xffff) - frame.stack) < ${needs * 32} { ${go("underflow")} }` : ""}
  ${grows > 0 ? `if (sp & 0xffff) >= frame.stack + 32768 { ${go("overflow")} }` : ""}
  ${body}
  ${isLast === true ? "" : next(grows, immediate)}
}`;
}

function next(grows: number, immediate: number): string {
  const sp = grows === 0 ? "sp" : `sp + ${grows * 32}`;
  return `become [u8[pc + ${1 + immediate}]](gas, ${sp}, memory, memorySize, pc + ${1 + immediate});`;
}
