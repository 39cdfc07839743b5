import { level, type Scope } from "./code-scope.ts";
import { interestingWord } from "./interesting.ts";

const blocksMax = 3;
/** The bound of the stack. */
const stackItemsMax = 1_024;

type WriteInner = (scope: Scope, count: number) => void;

/** JUMPI over some statements; both ways meet with the same number of items. */
export function writeBranch(scope: Scope, writeInner: WriteInner): void {
  const { dice, code, nesting } = scope;
  if (nesting >= blocksMax) return;
  if (code.depth === 0) code.push(BigInt(dice.below(2)));
  const label = code.newLabel();
  code.pushLabel(label);
  code.op(0x57, { pops: 2 });
  const before = code.depth;
  writeInner({ ...scope, nesting: nesting + 1 }, 1 + dice.below(5));
  level(code, before);
  code.place(label);
}

/** Counts down in a place of memory that other statements rarely touch. */
export function writeLoop(scope: Scope, writeInner: WriteInner): void {
  const { dice, code, nesting } = scope;
  if (nesting >= blocksMax) return;
  const counter = BigInt(0x400 + 32 * nesting);
  // Sometimes often enough that it counts as hot.
  code.push(BigInt(dice.percent(94) ? 1 + dice.below(5) : 20 + dice.below(150)));
  code.push(counter);
  code.op(0x52, { pops: 2 });
  const label = code.newLabel();
  code.place(label);
  const before = code.depth;
  writeInner({ ...scope, nesting: nesting + 1 }, 1 + dice.below(4));
  level(code, before);
  code.push(1n);
  code.push(counter);
  code.op(0x51, { pops: 1, pushes: 1 });
  code.op(0x03, { pops: 2, pushes: 1 });
  code.op(0x80, { pushes: 1 });
  code.push(counter);
  code.op(0x52, { pops: 2 });
  code.pushLabel(label);
  code.op(0x57, { pops: 2 });
}

/** Fills the stack by a loop: up to about its bound, or to anywhere below. What follows goes on from there. */
export function writeFill({ dice, code, nesting }: Scope): void {
  if (nesting > 0) return;
  const near = stackItemsMax + 2 - dice.below(16);
  const height = dice.percent(75) ? near : dice.below(stackItemsMax);
  const each = dice.pick([1, 2, 3, 7, 16]);
  const passes = Math.floor((height - code.depth - 2) / each);
  if (passes < 1) return;
  const before = code.depth;
  code.push(BigInt(passes));
  const label = code.newLabel();
  code.place(label);
  for (let at = 0; at < each; at++) {
    if (code.depth > 1 && dice.percent(30))
      code.op(0x80 + dice.below(Math.min(16, code.depth)), { pushes: 1 });
    else code.push(dice.percent(50) ? BigInt(dice.below(256)) : interestingWord(dice));
    code.op(0x90);
  }
  code.push(1n);
  code.op(0x90);
  code.op(0x03, { pops: 2, pushes: 1 });
  code.op(0x80, { pushes: 1 });
  code.pushLabel(label);
  code.op(0x57, { pops: 2 });
  code.op(0x50, { pops: 1 });
  code.depth = before + each * passes;
}
