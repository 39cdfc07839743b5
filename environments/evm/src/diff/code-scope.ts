import type { Fork } from "../forks/fork.ts";
import { instructionSetOf } from "../instructions/instruction-set.ts";
import { CodeBuilder } from "./code-builder.ts";
import type { Dice } from "./dice.ts";

/** Contracts have functions of the numbers from one to this; the first word of the call data chooses. */
export const functionMax = 3;

export interface CodeOptions {
  readonly dice: Dice;
  readonly fork: Fork;
  /** Addresses that code may speak to. */
  readonly addresses: readonly bigint[];
  /** Statements on the outermost level. */
  readonly statements: number;
  /** Whether the code goes straight through, and calls nobody but those addresses. */
  readonly isStraight?: boolean | undefined;
  /** Creations around this code: its own are in the code that makes it. */
  readonly generation?: number | undefined;
}

/** Where a statement is written. */
export interface Scope extends CodeOptions {
  readonly code: CodeBuilder;
  /** Blocks and loops around this one. */
  readonly nesting: number;
  /** How often this code has each kind of statement. */
  readonly taste: Readonly<Record<StatementKind, number>>;
  /** Init code that this code has made contracts of, for doing it again. */
  readonly creations: Uint8Array[];
}

/** The slot in which contracts keep the address of one that they have created. */
export const createdSlot = 7n;

/** What code is made of by default, by how often it is taken. */
const statementWeights = {
  word: 14,
  compute: 30,
  environment: 12,
  stack: 10,
  memory: 12,
  storage: 15,
  hash: 3,
  log: 4,
  copy: 6,
  branch: 7,
  loop: 3,
  call: 14,
  precompile: 4,
  create: 3,
  anyOpcode: 1,
  store: 6,
  clear: 1,
  fill: 1,
  leave: 1,
} as const;

export type StatementKind = keyof typeof statementWeights;

/** Kinds that straight code has. */
const straight: ReadonlySet<string> = new Set<StatementKind>([
  ...(["word", "compute", "environment", "stack", "memory", "storage", "hash", "store"] as const),
]);

/** Share of codes that have every kind of statement as often as it says above. */
const plainShare = 45;

export function scopeOf(options: CodeOptions): Scope {
  return {
    ...options,
    code: new CodeBuilder(),
    nesting: 0,
    taste: tasteOf(options),
    creations: [],
  };
}

/**
 * Codes, and their functions, differ in what they are made of: some kinds are left out and others come often, so that states are
 * reached which an even mixture always destroys (swarm testing, Groce et al. 2012).
 */
export function tasteOf({ dice, isStraight }: CodeOptions): Scope["taste"] {
  const isPlain = dice.percent(plainShare);
  const entries = Object.entries(statementWeights).map(([kind, weight]) => {
    const factor = isPlain ? 1 : dice.pick([0, 1, 1, 1, 2, 4]);
    return [kind, isStraight && !straight.has(kind) ? 0 : weight * factor] as const;
  });
  const taste = Object.fromEntries(entries) as Record<StatementKind, number>;
  // Something is always there to take.
  return { ...taste, word: Math.max(taste.word, 1) };
}

/** An address that is known, or that of a contract which this one has created. */
export function pushAddress({ dice, code, addresses }: Scope): void {
  if (dice.percent(86)) {
    code.push(dice.pick(addresses));
    return;
  }
  code.push(createdSlot);
  code.op(0x54, { pops: 1, pushes: 1 });
}

/** Whether the fork has the instruction. */
export function has(fork: Fork, opcode: number): boolean {
  return instructionSetOf(fork).isDefined[opcode] === 1;
}

/** Makes the stack as high as it was, as far as the writer knows. */
export function level(code: CodeBuilder, depth: number): void {
  while (code.depth > depth) code.op(0x50, { pops: 1 });
  while (code.depth < depth) code.push(0n);
}
