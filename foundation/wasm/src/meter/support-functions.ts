import type { GlobalItem } from "../module.ts";
import { CodeWriter, ops, valueBytes } from "./code-writer.ts";
import type { AddedIndices } from "./layout.ts";

/** A function that the rewriter appends: its body, and the types of its parameters and results. */
export interface SupportFunction {
  readonly parameters: readonly number[];
  readonly results: readonly number[];
  readonly body: Uint8Array;
}

const { i32, i64, v128 } = valueBytes;

/**
 * Asks the host for fuel until the counter is positive again: takes the counter, answers the new
 * one. The global is raised by what was granted, so fuel used stays "granted minus global" whether
 * or not the caller wrote its counter back. A grant of zero or less ends in a trap, which no handler
 * of the guest catches.
 */
export function refuelFunction(
  added: Pick<AddedIndices, "fuel" | "grantTable" | "grantType">,
): SupportFunction {
  const counter = 0;
  const granted = 1;
  const body = functionBody([i64], (code) => {
    code.op(ops.loop, ops.emptyType);
    code.localGet(counter);
    code.i32(0);
    code.byte(ops.callIndirect);
    code.u32(added.grantType);
    code.u32(added.grantTable);
    code.localTee(granted);
    code.i64(0);
    code.op(ops.i64LeS, ops.if, ops.emptyType);
    code.localGet(counter);
    code.globalSet(added.fuel);
    code.op(ops.unreachable, ops.end);
    code.globalGet(added.fuel);
    code.localGet(granted);
    code.byte(ops.i64Add);
    code.globalSet(added.fuel);
    code.localGet(counter);
    code.localGet(granted);
    code.byte(ops.i64Add);
    code.localTee(counter);
    code.i64(0);
    code.op(ops.i64LtS, ops.brIf, 0, ops.end);
    code.localGet(counter);
  });
  return { parameters: [i64], results: [i64], body };
}

/** Leaves a mark that tells a spent depth from other traps. */
export function overflowFunction(added: Pick<AddedIndices, "depth">): SupportFunction {
  const body = functionBody([], (code) => {
    code.i32(-1);
    code.globalSet(added.depth);
    code.byte(ops.unreachable);
  });
  return { parameters: [], results: [], body };
}

/** Reads a vector global as two integers: JavaScript cannot read it as it is. */
export function vectorGetter(index: number): SupportFunction {
  const body = functionBody([], (code) => {
    for (const lane of [0, 1]) {
      code.globalGet(index);
      code.op(0xfd, 0x1d, lane);
    }
  });
  return { parameters: [], results: [i64, i64], body };
}

/** Writes a vector global from two integers. */
export function vectorSetter(index: number): SupportFunction {
  const body = functionBody([], (code) => {
    code.localGet(0);
    code.op(0xfd, 0x12);
    code.localGet(1);
    code.op(0xfd, 0x1e, 1);
    code.globalSet(index);
  });
  return { parameters: [i64, i64], results: [], body };
}

/** True for a global that JavaScript cannot read as it is. */
export function isVector(global: GlobalItem): boolean {
  return global.type.bytes[0] === v128;
}

/** Writes a body: its locals, its instructions and the end. */
export function functionBody(
  locals: readonly number[],
  write: (code: CodeWriter) => void,
): Uint8Array {
  const code = new CodeWriter(64);
  code.u32(locals.length);
  for (const type of locals) code.op(1, type);
  write(code);
  code.byte(ops.end);
  return code.finish();
}

/** Type of the function that grants fuel: takes the counter, answers the grant. */
export const grantSignature: Pick<SupportFunction, "parameters" | "results"> = {
  parameters: [i64],
  results: [i64],
};

/** Types of the appended globals. */
export const addedGlobalTypes: Readonly<
  Record<"fuel" | "depth" | "drops" | "pages" | "denials", number>
> = {
  fuel: i64,
  depth: i32,
  drops: i32,
  pages: i64,
  denials: i32,
};
