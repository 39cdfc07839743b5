import { op } from "../emit/opcodes.ts";
import {
  code as codeObject,
  type Failure,
  failureBase,
  failures,
  frame,
  machine,
  steps,
} from "../machine/layout.ts";
import { type BlockWriter, itemBytes, parameter } from "./block-writer.ts";
import { limbNumbers, type Value } from "./values.ts";

/** The Wasm blocks around every step: leaving the inner one goes to tier 0, the outer one fails. */
const failLevel = 1;
const leaveLevel = 2;
const regionMask = -0x1_0000;

/** Opens the blocks that `branchToFailure` and `branchToTierZero` leave. */
export function openExits(writer: BlockWriter): void {
  writer.open("block");
  writer.open("block");
}

/** Closes them, behind a body that has ended with an exit; `pc` is where the step began. */
export function closeExits(writer: BlockWriter, pc: number): void {
  writer.close();
  putState(writer, { spChange: 0, pc });
  jumpToStep(writer, steps.dispatch);
  writer.close();
  putState(writer, { spChange: 0 });
  jumpToStep(writer, steps.fail);
}

/** Takes an i32 from the Wasm stack; where it is not 0, the frame fails with what gas says. */
export function branchToFailure(writer: BlockWriter): void {
  writer.code.brIf(writer.depthOf(failLevel));
}

/** Takes an i32 from the Wasm stack; where it is not 0, tier 0 goes on at the start of the step. */
export function branchToTierZero(writer: BlockWriter): void {
  writer.code.brIf(writer.depthOf(leaveLevel));
}

/** Ends the frame with a named failure. */
export function writeFailure(writer: BlockWriter, failure: Failure): void {
  writer.code.i64Const(failureBase + BigInt(failures.indexOf(failure)));
  writer.code.localSet(parameter.gas);
  writer.code.br(writer.depthOf(failLevel));
}

/** Fails where gas has become negative. */
export function writeGasCheck(writer: BlockWriter): void {
  writer.code.localGet(parameter.gas);
  writer.code.i64Const(0);
  writer.code.op(op.i64_lt_s);
  branchToFailure(writer);
}

/** Writes the stack back and goes on in the step at `pc`; polls where that is a way back. */
export function writeJumpTo(writer: BlockWriter, pc: number, from: number): void {
  writer.writeBack();
  if (pc <= from) writePoll(writer);
  putState(writer, { spChange: spChangeOf(writer) });
  writer.code.returnCall(writer.target.stepAt(pc));
}

/** Goes on where the item `to` says. Its limbs must be known already. */
export function writeDynamicJump(writer: BlockWriter, to: Value): void {
  const { code, target } = writer;
  const index = writer.temporary("target", "i32");
  writer.putAny(limbNumbers.slice(1).map((number) => writer.limb(to, number)));
  code.i64Const(0);
  code.op(op.i64_ne);
  writer.put(writer.limb(to, 0));
  code.i64Const(target.bytes.length);
  code.op(op.i64_ge_u);
  code.op(op.i32_or);
  writer.open("if");
  writeFailure(writer, "invalidJump");
  writer.close();
  putCodeField(writer, codeObject.jumpTable);
  writer.put(writer.limb(to, 0));
  code.op(op.i32_wrap_i64);
  code.i32Const(2);
  code.op(op.i32_shl);
  code.op(op.i32_add);
  code.memory(op.i32_load, 0);
  code.localTee(index);
  code.op(op.i32_eqz);
  writer.open("if");
  writeFailure(writer, "invalidJump");
  writer.close();
  writer.writeBack();
  writePoll(writer);
  putState(writer, { spChange: spChangeOf(writer) });
  code.localGet(index);
  code.returnCallIndirect(target.stepType);
}

/** Writes the stack back and lets tier 0 go on at `pc`. */
export function writeLeave(writer: BlockWriter, pc: number): void {
  writer.writeBack();
  putState(writer, { spChange: spChangeOf(writer), pc });
  jumpToStep(writer, steps.dispatch);
}

/** Writes the operands back and ends the step in one of the machine's. */
export function writeFinalStep(writer: BlockWriter, step: number, operands: number): void {
  writer.spillTop(operands);
  putState(writer, { spChange: spChangeOf(writer) });
  jumpToStep(writer, step);
}

/** Writes the stack back and calls; the step at `pc` takes the frame up again. */
export function writeCall(writer: BlockWriter, step: number, pc: number): void {
  const { code, target } = writer;
  writer.writeBack();
  putRegion(writer);
  code.op(op.global_get);
  code.out.u32(target.tableBase);
  code.i32Const(target.tableOffsetAt(pc));
  code.op(op.i32_add);
  code.memory(op.i32_store, frame.resume);
  putState(writer, { spChange: spChangeOf(writer) });
  jumpToStep(writer, step);
}

/** Puts the address of the frame on the Wasm stack. */
export function putRegion(writer: BlockWriter): void {
  writer.code.localGet(parameter.sp);
  writer.code.i32Const(regionMask);
  writer.code.op(op.i32_and);
}

function putCodeField(writer: BlockWriter, offset: number): void {
  const { code } = writer;
  putRegion(writer);
  code.memory(op.i32_load, frame.code);
  code.i32Const(offset);
  code.op(op.i32_add);
  code.memory(op.i32_load, 0);
}

/** A deadline is looked at where gas has sunk far enough; that costs no gas. */
function writePoll(writer: BlockWriter): void {
  const { code } = writer;
  code.localGet(parameter.gas);
  code.i32Const(0);
  code.memory(op.i64_load, machine.pollGas);
  code.op(op.i64_lt_s);
  writer.open("if");
  code.localGet(parameter.gas);
  code.localGet(parameter.sp);
  code.call(writer.target.indexOf("poll"));
  writer.close();
}

function spChangeOf(writer: BlockWriter): number {
  return (writer.stack.length - writer.needed) * itemBytes;
}

/** Puts the parameters of a step; `pc` only where the next step asks for a place in the code. */
function putState(
  writer: BlockWriter,
  { spChange, pc }: { readonly spChange: number; readonly pc?: number },
): void {
  const { code } = writer;
  code.localGet(parameter.gas);
  code.localGet(parameter.sp);
  if (spChange !== 0) {
    code.i32Const(spChange);
    code.op(op.i32_add);
  }
  code.localGet(parameter.memory);
  code.localGet(parameter.memorySize);
  if (pc === undefined) code.localGet(parameter.pc);
  else {
    putRegion(writer);
    code.memory(op.i32_load, frame.code);
    code.i32Const(pc);
    code.op(op.i32_add);
  }
}

function jumpToStep(writer: BlockWriter, step: number): void {
  writer.code.i32Const(step);
  writer.code.returnCallIndirect(writer.target.stepType);
}
