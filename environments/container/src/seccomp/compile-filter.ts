import { BpfProgram } from "./bpf.ts";
import { errorNumbers, type FilterRules, type JudgedCall, type Verdict } from "./filter-rules.ts";

/** Offsets in `struct seccomp_data`: the call, its architecture, and the low halves of its arguments. */
const offsets = { call: 0, architecture: 4, arguments: 16 } as const;

/** AUDIT_ARCH_X86_64 of linux/audit.h. */
const x86_64 = 0xc000_003e;

/** Calls of the x32 interface carry this bit. */
const x32Bit = 0x4000_0000;

const answers = { allow: 0x7fff_0000, errno: 0x0005_0000, killProcess: 0x8000_0000 } as const;

/** Where calls from this number on are answered alike, up to the next range. */
interface Range {
  readonly from: number;
  readonly target: number;
}

/**
 * Compiles rules into a filter for x86-64 that finds a call's answer by halving: some eight
 * comparisons for each call, instead of one for each rule. Another architecture's calls end the
 * process; those of x32 do not exist.
 */
export function compileFilter(rules: FilterRules): Uint8Array {
  const program = new BpfProgram();
  const kill = program.add("answer", answers.killProcess);
  const noSuchCall = answer(program, { errno: errorNumbers.ENOSYS });
  const denied = answer(program, { errno: errorNumbers.EPERM });
  const allow = answer(program, "allow");
  const targets = { allow, denied, noSuchCall };
  const search = addSearch(program, rangesOf(program, rules, targets));
  program.addCondition("jumpAtLeast", x32Bit, { whenTrue: noSuchCall, whenFalse: search });
  const native = program.add("loadWord", offsets.call);
  program.addCondition("jumpEqual", x86_64, { whenTrue: native, whenFalse: kill });
  program.add("loadWord", offsets.architecture);
  return program.toBytes();
}

interface Targets {
  readonly allow: number;
  readonly denied: number;
  readonly noSuchCall: number;
}

function rangesOf(program: BpfProgram, rules: FilterRules, targets: Targets): readonly Range[] {
  const byNumber = new Map<number, number>();
  for (const number of rules.allowed.values()) byNumber.set(number, targets.allow);
  for (const number of rules.denied.values()) byNumber.set(number, targets.denied);
  for (const each of rules.judged) byNumber.set(each.number, addJudge(program, each, targets));
  const last = Math.max(...byNumber.keys());
  const ranges: Range[] = [];
  for (let from = 0; from <= last + 1; from += 1) {
    const target = byNumber.get(from) ?? targets.noSuchCall;
    if (ranges.at(-1)?.target !== target) ranges.push({ from, target });
  }
  return ranges;
}

/** Adds a tree of comparisons; the position of its root, or of the one answer. */
function addSearch(program: BpfProgram, ranges: readonly Range[]): number {
  const middle = Math.ceil(ranges.length / 2);
  const right = ranges[middle];
  if (right === undefined) return ranges[0]?.target ?? 0;
  const whenTrue = addSearch(program, ranges.slice(middle));
  const whenFalse = addSearch(program, ranges.slice(0, middle));
  return program.addCondition("jumpAtLeast", right.from, { whenTrue, whenFalse });
}

/** Adds what looks at a call's arguments; its position. */
function addJudge(program: BpfProgram, call: JudgedCall, targets: Targets): number {
  let next = verdictTarget(program, call.otherwise, targets);
  for (const tests of call.alternatives.toReversed()) {
    let holds = targets.allow;
    for (const { index, mask, equals } of tests.toReversed()) {
      holds = program.addCondition("jumpEqual", equals, { whenTrue: holds, whenFalse: next });
      if (mask !== undefined) holds = program.add("and", mask);
      holds = program.add("loadWord", offsets.arguments + index * 8);
    }
    next = holds;
  }
  return next;
}

function verdictTarget(program: BpfProgram, verdict: Verdict, targets: Targets): number {
  if (verdict === "allow") return targets.allow;
  if (verdict.errno === errorNumbers.EPERM) return targets.denied;
  if (verdict.errno === errorNumbers.ENOSYS) return targets.noSuchCall;
  return answer(program, verdict);
}

function answer(program: BpfProgram, verdict: Verdict): number {
  return program.add("answer", verdict === "allow" ? answers.allow : answers.errno + verdict.errno);
}
