import type { InstructionSet } from "../instructions/instruction-set.ts";

/** Instructions of one step at most; longer ones go on in another step. */
export const instructionsMax = 192;

/** A run of instructions that becomes one Wasm function. */
export interface PlannedStep {
  readonly start: number;
  /** Where the next step begins that this one falls into, or the end of what it executes. */
  readonly end: number;
  /** Items that it reaches below the top at its start. */
  readonly needed: number;
  /** Most items above that top. */
  readonly growth: number;
}

/**
 * Divides code into steps: one at the beginning, one at each JUMPDEST, one behind each call, and one
 * where another grows too long. What is reached by none of them (data, say) is not compiled.
 */
export function planSteps(
  code: Uint8Array,
  set: InstructionSet,
  destinations: Uint8Array,
): readonly PlannedStep[] {
  const starts = findStarts(code, set, destinations);
  const ordered = [...starts].sort((a, b) => a - b);
  return ordered.map((start) => measure(code, set, { start, starts }));
}

/** What ends a step: the rest of the code is reached another way, or not at all. */
export function endsStep(op: number, set: InstructionSet): boolean {
  return set.isDefined[op] === 0 || endings.has(op) || calls.has(op);
}

/** STOP, JUMP, RETURN, REVERT, SELFDESTRUCT. */
const endings: ReadonlySet<number> = new Set([0x00, 0x56, 0xf3, 0xfd, 0xff]);
export const calls: ReadonlySet<number> = new Set([0xf0, 0xf1, 0xf2, 0xf4, 0xf5, 0xfa]);

function findStarts(
  code: Uint8Array,
  set: InstructionSet,
  destinations: Uint8Array,
): ReadonlySet<number> {
  const starts = new Set<number>([0]);
  let count = 0;
  let isReached = true;
  for (let at = 0; at < code.length; ) {
    const op = code[at] as number;
    if (destinations[at] === 1 || (isReached && count === instructionsMax)) {
      starts.add(at);
      isReached = true;
      count = 0;
    }
    count++;
    at += 1 + (set.immediates[op] as number);
    if (isReached && calls.has(op) && set.isDefined[op] === 1) {
      starts.add(at);
      count = 0;
    } else if (endsStep(op, set)) isReached = false;
  }
  return starts;
}

function measure(
  code: Uint8Array,
  set: InstructionSet,
  { start, starts }: { readonly start: number; readonly starts: ReadonlySet<number> },
): PlannedStep {
  let [height, needed, growth] = [0, 0, 0];
  let at = start;
  while (at < code.length && (at === start || !starts.has(at))) {
    const op = code[at] as number;
    height -= set.pops[op] as number;
    needed = Math.max(needed, -height);
    height += set.pushes[op] as number;
    growth = Math.max(growth, height);
    at += 1 + (set.immediates[op] as number);
    if (endsStep(op, set)) break;
  }
  return { start, end: at, needed, growth };
}
