import {
  type CodeOptions,
  functionMax,
  has,
  pushAddress,
  type Scope,
  type StatementKind,
  scopeOf,
  tasteOf,
} from "./code-scope.ts";
import { interestingWord, memoryOffset, memorySize } from "./interesting.ts";
import { writeCall, writePrecompileCall, writeRecursion } from "./write-calls.ts";
import { type MakeCode, writeCreation, writeDeployer } from "./write-creations.ts";
import { writeBranch, writeFill, writeLoop } from "./write-flow.ts";
import {
  computing,
  looking,
  writeClear,
  writeCopy,
  writeMemory,
  writeOperation,
  writeStackShuffle,
  writeStorage,
} from "./write-operations.ts";

/** Code stays addressable by two bytes, and quick to run on a slow engine. */
const codeBytesMax = 3_000;

/** Share of codes that keep what they find as return data before they have called anybody: it must be nothing. */
const beginsWithReturnData = 15;

/** Bytecode that mostly keeps its stack and its jumps right, and so gets far. */
export function generateCode(options: CodeOptions): Uint8Array {
  const scope = scopeOf(options);
  const { dice, code } = scope;
  if (dice.percent(beginsWithReturnData)) keepReturnData(scope);
  const functions = options.isStraight === true ? [] : writeChoice(scope);
  writeStatements(scope, options.statements);
  writeEnd(scope);
  for (const label of functions) {
    code.place(label);
    code.depth = 0;
    const own = { ...scope, taste: tasteOf(options) };
    writeStatements(own, 1 + dice.below(8));
    writeEnd(own);
  }
  return code.build();
}

/** Code that calls itself once, in a straight line: for frames of any depth. */
export function generateRecursion(options: CodeOptions): Uint8Array {
  const scope = scopeOf({ ...options, isStraight: true });
  writeStatements(scope, options.dice.below(4));
  writeRecursion(scope);
  writeStatements(scope, options.statements);
  writeEnd(scope);
  return scope.code.build();
}

/** Init code that does some things, and leaves a contract that has others. */
export const generateInitCode: MakeCode = (options) => {
  const scope = scopeOf(options);
  const runtime = generateCode(options);
  writeStatements(scope, options.dice.below(4));
  writeDeployer(scope, runtime);
  return scope.code.build();
};

function keepReturnData({ code, fork }: Scope): void {
  if (!has(fork, 0x3d)) return;
  code.op(0x3d, { pushes: 1 });
  code.push(5n);
  code.op(0x55, { pops: 2 });
}

/** Goes on at the function that the caller names, if it is there; answers their labels. */
function writeChoice({ dice, code }: Scope): readonly number[] {
  const labels = Array.from({ length: 1 + dice.below(functionMax) }, () => code.newLabel());
  for (const [index, label] of labels.entries()) {
    code.push(BigInt(index + 1));
    code.push(0n);
    code.op(0x35, { pops: 1, pushes: 1 });
    code.op(0x14, { pops: 2, pushes: 1 });
    code.pushLabel(label);
    code.op(0x57, { pops: 2 });
  }
  return labels;
}

function writeStatements(scope: Scope, count: number): void {
  for (let at = 0; at < count; at++) writeStatement(scope);
}

function writeStatement(scope: Scope): void {
  const { dice, code, taste } = scope;
  if (code.length > codeBytesMax) return;
  makers[dice.weighted(taste)](scope);
}

const makers: Readonly<Record<StatementKind, (scope: Scope) => void>> = {
  word: ({ dice, code }) => code.push(interestingWord(dice)),
  compute: (scope) => writeOperation(scope, scope.dice.pick(computing)),
  environment: (scope) => writeOperation(scope, scope.dice.pick(looking)),
  stack: writeStackShuffle,
  memory: writeMemory,
  storage: writeStorage,
  hash({ dice, code }) {
    code.push(memorySize(dice));
    code.push(memoryOffset(dice));
    code.op(0x20, { pops: 2, pushes: 1 });
  },
  log({ dice, code }) {
    const topics = dice.below(5);
    for (let topic = 0; topic < topics; topic++) code.push(interestingWord(dice));
    code.push(memorySize(dice));
    code.push(memoryOffset(dice));
    code.op(0xa0 + topics, { pops: topics + 2 });
  },
  copy: writeCopy,
  branch: (scope) => writeBranch(scope, writeStatements),
  loop: (scope) => writeLoop(scope, writeStatements),
  call: writeCall,
  precompile: writePrecompileCall,
  create: (scope) => writeCreation(scope, generateInitCode),
  anyOpcode: ({ dice, code }) => code.op(dice.below(256)),
  store({ dice, code }) {
    if (code.depth === 0) return;
    code.push(BigInt(dice.below(6)));
    code.op(0x55, { pops: 2 });
  },
  clear: writeClear,
  fill: writeFill,
  leave(scope) {
    if (scope.nesting > 0) writeEnd(scope);
  },
};

/** Items that an end leaves in the output at most. */
const shownMax = 12;

function writeEnd(scope: Scope): void {
  const { dice, code } = scope;
  const kind = dice.weighted({
    stop: 2,
    show: 9,
    return: 3,
    revert: 2,
    invalid: 1,
    destroy: 1,
    run: 1,
    jump: 1,
  });
  if (kind === "show") showStack(scope);
  else if (kind === "return" || kind === "revert") {
    if (kind === "revert" && dice.percent(40)) code.push(interestingWord(dice));
    code.push(memorySize(dice));
    code.push(memoryOffset(dice));
    code.op(kind === "return" ? 0xf3 : 0xfd, { pops: 2 });
  } else if (kind === "destroy") {
    pushAddress(scope);
    code.op(0xff, { pops: 1 });
  } else if (kind === "jump") {
    code.push(interestingWord(dice));
    code.op(0x56, { pops: 1 });
  } else if (kind !== "run") code.op(kind === "stop" ? 0x00 : 0xfe);
}

/** The output is what stands on the stack; now and then it is taken back with it. */
function showStack({ dice, code }: Scope): void {
  const [before, count] = [code.depth, Math.min(code.depth, shownMax)];
  for (let at = 0; at < count; at++) {
    code.push(BigInt(32 * at));
    code.op(0x52, { pops: 2 });
  }
  code.push(BigInt(32 * count));
  code.push(0n);
  code.op(dice.percent(82) ? 0xf3 : 0xfd, { pops: 2 });
  // What comes behind is reached another way, with the items as they were.
  code.depth = before;
}
