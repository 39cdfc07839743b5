import type { CodeWriter } from "../emit/code-writer.ts";
import { op } from "../emit/opcodes.ts";
import { immediateOf } from "../instructions/find-blocks.ts";
import { frame, stackItemsMax, steps } from "../machine/layout.ts";
import { BlockWriter, itemBytes, parameter } from "./block-writer.ts";
import { type CompileTarget, operationOpcodes, worldOpcodes } from "./compile-target.ts";
import { calls, endsStep, type PlannedStep } from "./plan-steps.ts";
import { constantOf, type Value } from "./values.ts";
import {
  branchToTierZero,
  closeExits,
  openExits,
  writeCall,
  writeDynamicJump,
  writeFailure,
  writeFinalStep,
  writeGasCheck,
  writeJumpTo,
} from "./write-exits.ts";
import { instructionWriters, type WriteInstruction, writeOperation } from "./write-instruction.ts";

/** Writes the Wasm function of one step. */
export function writeStep(target: CompileTarget, step: PlannedStep): CodeWriter {
  const writer = new BlockWriter(target, step.needed);
  openExits(writer);
  writeEntry(writer, step);
  writer.begin();
  writeBody(writer, step);
  closeExits(writer, step.start);
  return writer.code;
}

/**
 * Tier 0 takes over where the whole step might break a bound of the stack, or its first segment costs
 * more than there is: it finds out exactly what happens. Later segments fail at once, for nothing in
 * them can be seen from outside.
 */
function writeEntry(writer: BlockWriter, step: PlannedStep): void {
  const { needed, growth } = step;
  const { code } = writer;
  const cost = segmentCost(writer.target, step.start, step.end);
  if (needed > 0 || growth > 0) {
    code.localGet(parameter.sp);
    code.i32Const(0xffff);
    code.op(op.i32_and);
    code.i32Const(frame.stack + needed * itemBytes);
    code.op(op.i32_sub);
    code.i32Const((stackItemsMax - needed - growth) * itemBytes);
    code.op(op.i32_gt_u);
  } else code.i32Const(0);
  if (cost > 0) {
    code.localGet(parameter.gas);
    code.i64Const(cost);
    code.op(op.i64_lt_s);
    code.op(op.i32_or);
  }
  branchToTierZero(writer);
  writeCharge(writer, cost);
}

function writeCharge(writer: BlockWriter, cost: number): void {
  if (cost === 0) return;
  writer.code.localGet(parameter.gas);
  writer.code.i64Const(cost);
  writer.code.op(op.i64_sub);
  writer.code.localSet(parameter.gas);
}

function writeNextCharge(writer: BlockWriter, start: number, end: number): void {
  const cost = segmentCost(writer.target, start, end);
  writeCharge(writer, cost);
  if (cost > 0) writeGasCheck(writer);
}

function writeBody(writer: BlockWriter, { start, end }: PlannedStep): void {
  const { bytes, set } = writer.target;
  for (let at = start; at < end; ) {
    const opcode = bytes[at] as number;
    const next = at + 1 + (set.immediates[opcode] as number);
    if (endsStep(opcode, set)) {
      writeEnding(writer, opcode, { at, next });
      return;
    }
    writeInstruction(writer, opcode, at);
    if (opcode === 0x57) writeBranch(writer, at);
    if (endsSegment(opcode)) writeNextCharge(writer, next, end);
    at = next;
  }
  // The code ends here, or another step begins.
  if (end >= bytes.length) writeFinalStep(writer, steps.stop, 0);
  else writeJumpTo(writer, end, end - 1);
}

function writeInstruction(writer: BlockWriter, opcode: number, at: number): void {
  const { bytes, set } = writer.target;
  if (opcode >= 0x5f && opcode <= 0x7f) {
    writer.pushConstant(immediateOf(bytes, at, set.immediates[opcode] as number));
  } else if (opcode >= 0x80 && opcode <= 0x8f) {
    writer.push(writer.stack[writer.stack.length - (opcode - 0x7f)] as Value);
  } else if (opcode >= 0x90 && opcode <= 0x9f) swap(writer, opcode - 0x8f);
  else if (operationOpcodes.has(opcode)) writeOperation(writer, opcode);
  else if (opcode !== 0x57) writerOf(opcode)(writer, at);
}

function writerOf(opcode: number): WriteInstruction {
  const write = instructionWriters[opcode];
  if (write === undefined) throw new Error(`Instruction ${opcode} has no writer`);
  return write;
}

function swap({ stack }: BlockWriter, depth: number): void {
  const top = stack.length - 1;
  const held = stack[top] as Value;
  stack[top] = stack[top - depth] as Value;
  stack[top - depth] = held;
}

/** JUMPI: what is left of the way goes on in the same step. */
function writeBranch(writer: BlockWriter, at: number): void {
  const [to, condition] = [writer.pop(), writer.pop()];
  const decided = constantOf(condition);
  if (decided === 0n) return;
  // What the taken way needs is loaded before the choice.
  if (constantOf(to) === undefined) writer.limbs(to);
  if (decided === undefined) writer.putIsTrue(condition);
  else writer.code.i32Const(1);
  writer.open("if");
  writeJump(writer, to, at);
  writer.close();
}

function writeJump(writer: BlockWriter, to: Value, at: number): void {
  const constant = constantOf(to);
  if (constant === undefined) writeDynamicJump(writer, to);
  else if (
    constant < BigInt(writer.target.bytes.length) &&
    writer.target.destinations[Number(constant)] === 1
  ) {
    writeJumpTo(writer, Number(constant), at);
  } else writeFailure(writer, "invalidJump");
}

function writeEnding(
  writer: BlockWriter,
  opcode: number,
  { at, next }: { readonly at: number; readonly next: number },
): void {
  if (writer.target.set.isDefined[opcode] === 0) writeFailure(writer, "invalidOpcode");
  else if (opcode === 0x56) writeJump(writer, writer.pop(), at);
  else if (calls.has(opcode)) writeCall(writer, finalSteps[opcode] as number, next);
  else
    writeFinalStep(writer, finalSteps[opcode] as number, writer.target.set.pops[opcode] as number);
}

const finalSteps: Readonly<Partial<Record<number, number>>> = {
  0: steps.stop,
  240: steps.create,
  241: steps.call,
  242: steps.callCode,
  243: steps.return,
  244: steps.delegateCall,
  245: steps.create2,
  250: steps.staticCall,
  253: steps.revert,
  255: steps.selfDestruct,
};

/** What comes behind these is paid on its own: a choice, GAS, and what is seen from outside. */
function endsSegment(opcode: number): boolean {
  return opcode === 0x57 || opcode === 0x5a || worldOpcodes.has(opcode);
}

/** The fixed price of the instructions from `start` on, up to what ends a segment. */
function segmentCost({ bytes, set }: CompileTarget, start: number, end: number): number {
  let cost = 0;
  for (let index = start; index < end; ) {
    const opcode = bytes[index] as number;
    if (worldOpcodes.has(opcode) || calls.has(opcode) || set.isDefined[opcode] === 0) break;
    // An instruction of the machine charges for itself, and the last steps of a frame do.
    if (!operationOpcodes.has(opcode) && opcode !== 0xff) cost += set.gas[opcode] as number;
    if (endsStep(opcode, set) || endsSegment(opcode)) break;
    index += 1 + (set.immediates[opcode] as number);
  }
  return cost;
}
