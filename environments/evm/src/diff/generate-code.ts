import type { Fork } from "../forks/fork.ts";
import { instructionSetOf } from "../instructions/instruction-set.ts";
import { CodeBuilder } from "./code-builder.ts";
import type { Dice } from "./dice.ts";
import { interestingWord, memoryOffset, memorySize } from "./interesting.ts";

export interface CodeOptions {
  readonly dice: Dice;
  readonly fork: Fork;
  /** Addresses that code may speak to. */
  readonly addresses: readonly bigint[];
  /** Statements on the outermost level. */
  readonly statements: number;
}

/** Bytecode that mostly keeps its stack and its jumps right, and so gets far. */
export function generateCode(options: CodeOptions): Uint8Array {
  const scope = { ...options, code: new CodeBuilder(), nesting: 0 };
  for (let count = 0; count < options.statements; count++) statement(scope);
  end(scope);
  return scope.code.build();
}

interface Scope extends CodeOptions {
  readonly code: CodeBuilder;
  /** Blocks and loops around this one. */
  readonly nesting: number;
}

const statements = {
  word: 14,
  compute: 30,
  environment: 12,
  stack: 10,
  memory: 12,
  storage: 12,
  hash: 3,
  log: 4,
  copy: 6,
  branch: 7,
  loop: 3,
  call: 10,
  create: 3,
  anyOpcode: 1,
  store: 6,
  leave: 1,
} as const;

const blocksMax = 3;
/** Code stays addressable by two bytes, and quick to run on a slow engine. */
const codeBytesMax = 3_000;

function statement(scope: Scope): void {
  const { dice, code } = scope;
  if (code.length > codeBytesMax) return;
  makers[dice.weighted(statements)](scope);
}

const makers: Readonly<Record<keyof typeof statements, (scope: Scope) => void>> = {
  word: ({ dice, code }) => code.push(interestingWord(dice)),
  compute: (scope) => plain(scope, scope.dice.pick(computing)),
  environment: (scope) => plain(scope, scope.dice.pick(looking)),
  stack: stackShuffle,
  memory: memoryAccess,
  storage: storageAccess,
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
  copy,
  branch,
  loop,
  call,
  create,
  anyOpcode: ({ dice, code }) => code.op(dice.below(256)),
  store({ dice, code }) {
    if (code.depth === 0) return;
    code.push(BigInt(dice.below(6)));
    code.op(0x55, { pops: 2 });
  },
  leave(scope) {
    if (scope.nesting > 0) end(scope);
  },
};

/** ADD to SIGNEXTEND, LT to CLZ. */
const computing = [
  ...[0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x07, 0x08, 0x09, 0x0a, 0x0b],
  ...[0x10, 0x11, 0x12, 0x13, 0x14, 0x15, 0x16, 0x17, 0x18, 0x19, 0x1a, 0x1b, 0x1c, 0x1d, 0x1e],
];

/** What looks around: at the message, the block, the machine; PUSH0 too. RETURNDATASIZE comes often. */
const looking = [
  ...[0x3d, 0x3d, 0x3d],
  ...[0x30, 0x32, 0x33, 0x34, 0x35, 0x36, 0x38, 0x3a, 0x3d, 0x40, 0x41, 0x42, 0x43, 0x44, 0x45],
  ...[0x46, 0x47, 0x48, 0x49, 0x4a, 0x58, 0x59, 0x5a, 0x5f, 0x31, 0x3b, 0x3f],
];

/** BALANCE, EXTCODESIZE, EXTCODEHASH. */
const takesAddress = new Set([0x31, 0x3b, 0x3f]);

/** An opcode of the fork, with operands where too few are there. */
function plain({ dice, code, fork, addresses }: Scope, opcode: number): void {
  const set = instructionSetOf(fork);
  if (set.isDefined[opcode] !== 1 && !dice.percent(1)) return;
  const [pops = 0, pushes = 0] = [set.pops[opcode], set.pushes[opcode]];
  const isFresh = dice.percent(50);
  if (takesAddress.has(opcode)) code.push(dice.pick(addresses));
  else if (isFresh) for (let at = 0; at < pops; at++) code.push(interestingWord(dice));
  while (code.depth < pops) code.push(interestingWord(dice));
  code.op(opcode, { pops, pushes });
}

function stackShuffle({ dice, code }: Scope): void {
  const depth = Math.min(16, code.depth);
  const kind = depth === 0 ? "push" : dice.weighted({ dup: 5, swap: 4, pop: 3 });
  if (kind === "push") code.push(interestingWord(dice));
  else if (kind === "pop") code.op(0x50, { pops: 1 });
  else if (kind === "dup") code.op(0x80 + dice.below(depth), { pushes: 1 });
  else if (depth > 1) code.op(0x90 + dice.below(depth - 1));
}

function memoryAccess({ dice, code }: Scope): void {
  const kind = dice.weighted({ load: 4, store: 5, byte: 2 });
  if (kind === "load") {
    code.push(memoryOffset(dice));
    code.op(0x51, { pops: 1, pushes: 1 });
    return;
  }
  if (code.depth === 0 || dice.percent(30)) code.push(interestingWord(dice));
  code.push(memoryOffset(dice));
  code.op(kind === "store" ? 0x52 : 0x53, { pops: 2 });
}

function storageAccess({ dice, code, fork }: Scope): void {
  const isTransient = instructionSetOf(fork).isDefined[0x5c] === 1 && dice.percent(20);
  const slot = dice.percent(95) ? BigInt(dice.below(6)) : interestingWord(dice);
  if (dice.percent(45)) {
    code.push(slot);
    code.op(isTransient ? 0x5c : 0x54, { pops: 1, pushes: 1 });
    return;
  }
  if (code.depth === 0 || dice.percent(70)) code.push(BigInt(dice.below(3)));
  code.push(slot);
  code.op(isTransient ? 0x5d : 0x55, { pops: 2 });
}

/** CALLDATACOPY, CODECOPY, EXTCODECOPY, RETURNDATACOPY, MCOPY. */
function copy({ dice, code, fork, addresses }: Scope): void {
  const opcode = dice.pick([0x37, 0x39, 0x3c, 0x3e, 0x5e]);
  if (instructionSetOf(fork).isDefined[opcode] !== 1) return;
  code.push(opcode === 0x3e && dice.percent(80) ? 0n : memorySize(dice));
  code.push(opcode === 0x3e && dice.percent(80) ? 0n : memoryOffset(dice));
  code.push(memoryOffset(dice));
  if (opcode === 0x3c) code.push(dice.pick(addresses));
  code.op(opcode, { pops: opcode === 0x3c ? 4 : 3 });
}

/** JUMPI over some statements; both ways meet with the same number of items. */
function branch(scope: Scope): void {
  const { dice, code } = scope;
  if (scope.nesting >= blocksMax) return;
  if (code.depth === 0) code.push(BigInt(dice.below(2)));
  const label = code.newLabel();
  code.pushLabel(label);
  code.op(0x57, { pops: 2 });
  const before = code.depth;
  inner(scope, 1 + dice.below(5));
  level(code, before);
  code.place(label);
}

/** Counts down in a place of memory that other statements rarely touch. */
function loop(scope: Scope): void {
  const { dice, code, nesting } = scope;
  if (nesting >= blocksMax) return;
  const counter = BigInt(0x400 + 32 * nesting);
  code.push(BigInt(1 + dice.below(5)));
  code.push(counter);
  code.op(0x52, { pops: 2 });
  const label = code.newLabel();
  code.place(label);
  const before = code.depth;
  inner(scope, 1 + dice.below(4));
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

function inner(scope: Scope, count: number): void {
  for (let at = 0; at < count; at++) statement({ ...scope, nesting: scope.nesting + 1 });
}

function level(code: CodeBuilder, depth: number): void {
  while (code.depth > depth) code.op(0x50, { pops: 1 });
  while (code.depth < depth) code.push(0n);
}

/** CALL, CALLCODE, DELEGATECALL, STATICCALL, to a contract, a precompile, an account or nobody. */
function call({ dice, code, fork, addresses }: Scope): void {
  const opcode = dice.pick([0xf1, 0xf1, 0xf2, 0xf4, 0xfa]);
  if (instructionSetOf(fork).isDefined[opcode] !== 1) return;
  code.push(memorySize(dice));
  code.push(memoryOffset(dice));
  code.push(memorySize(dice));
  code.push(memoryOffset(dice));
  const hasValue = opcode === 0xf1 || opcode === 0xf2;
  if (hasValue) code.push(dice.percent(60) ? 0n : BigInt(dice.pick([1, 1, 1_000, 2 ** 50])));
  code.push(dice.pick(addresses));
  const gas = dice.weighted({ all: 5, some: 4, odd: 1 });
  if (gas === "all") code.op(0x5a, { pushes: 1 });
  else code.push(gas === "some" ? BigInt(dice.below(60_000)) : interestingWord(dice));
  code.op(opcode, { pops: hasValue ? 7 : 6, pushes: 1 });
}

/** CREATE or CREATE2 of init code that returns some bytes, reverts or is nonsense. */
function create({ dice, code, fork }: Scope): void {
  const hasSalt = instructionSetOf(fork).isDefined[0xf5] === 1 && dice.percent(50);
  const init = initCode(dice);
  const padded = Buffer.alloc(32);
  padded.set(init);
  code.push(BigInt(`0x${padded.toString("hex")}`));
  code.push(0n);
  code.op(0x52, { pops: 2 });
  if (hasSalt) code.push(BigInt(dice.below(3)));
  code.push(dice.percent(92) ? BigInt(init.length) : memorySize(dice));
  code.push(0n);
  code.push(dice.percent(75) ? 0n : 1n);
  code.op(hasSalt ? 0xf5 : 0xf0, { pops: hasSalt ? 4 : 3, pushes: 1 });
}

/** At most 32 bytes. */
function initCode(dice: Dice): Uint8Array {
  const kind = dice.weighted({ deploy: 6, store: 3, revert: 1, ef: 1, nonsense: 2 });
  const size = dice.below(24);
  // PUSH1 size, PUSH1 0, RETURN: what memory has at its start, which is zeros.
  if (kind === "deploy") return Uint8Array.of(0x60, size, 0x60, 0, 0xf3);
  // SSTORE(1, 2), then MSTORE8(0, CALLER-ish) and RETURN of a byte of code.
  if (kind === "store") {
    const code = dice.pick([0x00, 0x33, 0xff, 0xfe]);
    return Uint8Array.of(0x60, 2, 0x60, 1, 0x55, 0x60, code, 0x60, 0, 0x53, 0x60, 1, 0x60, 0, 0xf3);
  }
  if (kind === "revert") return Uint8Array.of(0x60, size, 0x60, 0, 0xfd);
  if (kind === "ef") return Uint8Array.of(0x60, 0xef, 0x60, 0, 0x53, 0x60, 1, 0x60, 0, 0xf3);
  return dice.bytes(size);
}

function end({ dice, code, addresses }: Scope): void {
  const kind = dice.weighted({
    stop: 4,
    return: 6,
    revert: 2,
    invalid: 1,
    destroy: 1,
    run: 1,
    jump: 1,
  });
  if (kind === "return" || kind === "revert") {
    code.push(memorySize(dice));
    code.push(memoryOffset(dice));
    code.op(kind === "return" ? 0xf3 : 0xfd, { pops: 2 });
    return;
  }
  if (kind === "destroy") {
    code.push(dice.pick(addresses));
    code.op(0xff, { pops: 1 });
    return;
  }
  if (kind === "jump") {
    code.push(interestingWord(dice));
    code.op(0x56, { pops: 1 });
    return;
  }
  if (kind !== "run") code.op(kind === "stop" ? 0x00 : 0xfe);
}
