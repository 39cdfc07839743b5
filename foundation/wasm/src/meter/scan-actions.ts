import { lengthCharges } from "../cost-table.ts";
import { nanShapeCodes, opcodeNames } from "../opcodes/opcode-table.ts";

/** What the scanner does beyond summing the cost and the stack effect. */
export const actNone = 0;
export const actBlock = 1;
export const actLoop = 2;
export const actIf = 3;
export const actElse = 4;
export const actEnd = 5;
export const actBranch = 6;
export const actBranchIf = 7;
export const actBranchTable = 8;
export const actReturn = 9;
export const actUnreachable = 10;
export const actCall = 11;
export const actCallOpen = 12;
export const actTailCall = 13;
export const actThrow = 14;
export const actTry = 15;
export const actCatch = 16;
export const actDelegate = 17;
export const actLength = 18;
export const actNan = 19;
export const actDrop = 20;
export const actNew = 21;
export const actStore = 22;
export const actTableWrite = 23;
export const actReference = 24;

const byName: Readonly<Record<string, number>> = {
  block: actBlock,
  loop: actLoop,
  if: actIf,
  else: actElse,
  end: actEnd,
  br: actBranch,
  br_if: actBranchIf,
  br_on_null: actBranchIf,
  br_on_non_null: actBranchIf,
  br_on_cast: actBranchIf,
  br_on_cast_fail: actBranchIf,
  br_table: actBranchTable,
  return: actReturn,
  unreachable: actUnreachable,
  call: actCall,
  call_indirect: actCallOpen,
  call_ref: actCallOpen,
  return_call: actTailCall,
  return_call_indirect: actTailCall,
  return_call_ref: actTailCall,
  throw: actThrow,
  throw_ref: actThrow,
  rethrow: actThrow,
  try: actTry,
  try_table: actTry,
  catch: actCatch,
  catch_all: actCatch,
  delegate: actDelegate,
  "data.drop": actDrop,
  "elem.drop": actDrop,
  "struct.new": actNew,
  "array.new_fixed": actNew,
  "table.set": actTableWrite,
  "ref.func": actReference,
};

/** The action of each opcode, by dense code. */
export const scanActions: Uint8Array = Uint8Array.from(opcodeNames, actionOf);

function actionOf(name: string, code: number): number {
  if (lengthCharges.has(name)) return actLength;
  if (nanShapeCodes[code] !== 0) return actNan;
  if (/^(?!table|global|local).*\.(store|atomic\.(store|rmw))/.test(name)) return actStore;
  return byName[name] ?? actNone;
}
