import { op } from "../emit/opcodes.ts";
import type { BlockWriter } from "./block-writer.ts";
import { type Limb, limbNumbers, type Value } from "./values.ts";

/** a < b as a flag. The least limbs decide where the ones above are equal. */
export function writeLess(
  writer: BlockWriter,
  { a, b, isSigned }: { readonly a: Value; readonly b: Value; readonly isSigned: boolean },
): void {
  const [x, y] = [writer.limbs(a), writer.limbs(b)];
  let isStarted = false;
  for (const number of limbNumbers) {
    const pair = [x[number], y[number]] as const;
    const less = number === 3 && isSigned ? op.i64_lt_s : op.i64_lt_u;
    if (pair[0] === 0n && pair[1] === 0n) continue;
    if (isStarted) writeStep(writer, pair, less);
    else putCompared(writer, pair, less);
    isStarted = true;
  }
  if (!isStarted) writer.code.i32Const(0);
  writer.push(writer.defineFlag());
}

/** a == b as a flag. */
export function writeEqual(writer: BlockWriter, a: Value, b: Value): void {
  const [x, y] = [writer.limbs(a), writer.limbs(b)];
  let count = 0;
  for (const number of limbNumbers) {
    const [left, right] = [x[number], y[number]];
    if (left === 0n && right === 0n) continue;
    putDifference(writer, left, right);
    if (count > 0) writer.code.op(op.i64_or);
    count++;
  }
  if (count === 0) writer.code.i64Const(0);
  writer.code.op(op.i64_eqz);
  writer.push(writer.defineFlag());
}

/** a == 0 as a flag. */
export function writeIsZero(writer: BlockWriter, a: Value): void {
  if (a.kind === "flag") {
    writer.code.localGet(a.local);
    writer.code.op(op.i32_eqz);
  } else {
    writer.putAny(writer.limbs(a));
    writer.code.op(op.i64_eqz);
  }
  writer.push(writer.defineFlag());
}

/** With the answer for the limbs below on the stack: less, or equal and less below. */
function writeStep(writer: BlockWriter, pair: readonly [Limb, Limb], less: number): void {
  const [x, y] = pair;
  const { code } = writer;
  if (y === 0n && less === op.i64_lt_u) {
    writer.put(x);
    code.op(op.i64_eqz);
    code.op(op.i32_and);
  } else if (x === 0n && less === op.i64_lt_u) {
    writer.put(y);
    code.i64Const(0);
    code.op(op.i64_ne);
    code.op(op.i32_or);
  } else {
    putCompared(writer, pair, op.i64_eq);
    code.op(op.i32_and);
    putCompared(writer, pair, less);
    code.op(op.i32_or);
  }
}

function putCompared(writer: BlockWriter, [x, y]: readonly [Limb, Limb], comparison: number): void {
  writer.put(x);
  writer.put(y);
  writer.code.op(comparison);
}

function putDifference(writer: BlockWriter, x: Limb, y: Limb): void {
  if (y !== 0n) writer.put(y);
  if (x !== 0n) writer.put(x);
  if (x !== 0n && y !== 0n) writer.code.op(op.i64_xor);
}
