import { FaultError } from "@bedplate/errors";
import { CaseRig } from "./case-rig.ts";
import type { CaseVerdict, ConformanceCase, ControlName } from "./conformance-case.ts";
import type { CaseResult } from "./conformance-report.ts";
import type { OptionalProgramName } from "./conformance-subject.ts";
import { ConformanceFailure } from "./expectations.ts";
import type { Lane } from "./lane.ts";
import { refuteBehaviour } from "./refute-behaviour.ts";

/** Longest time for one case; a case that takes longer fails. */
export const caseTimeoutMs = 180_000;

/** What a run of one case needs to know besides the case. */
export interface RunCaseOptions {
  readonly seed: string;
  /** Controls that this lane promises to have: without one of them a case fails instead of being blocked. */
  readonly promises?: readonly ControlName[] | undefined;
}

/** Runs one case, or its negative twin, and answers with one of the five verdicts. */
export async function runCase(
  lane: Lane,
  each: ConformanceCase,
  options: RunCaseOptions,
): Promise<CaseResult> {
  const { id, law } = each;
  const { verdict, detail } = await judge(lane, each, options);
  return { id, position: lane.position, verdict, law, ...(detail !== undefined && { detail }) };
}

interface Judgement {
  readonly verdict: CaseVerdict;
  readonly detail?: string | undefined;
}

async function judge(
  lane: Lane,
  each: ConformanceCase,
  options: RunCaseOptions,
): Promise<Judgement> {
  const block = blockOf(lane, each);
  if (block !== undefined) {
    const isPromised = options.promises?.includes(block.control as ControlName) ?? false;
    return { verdict: isPromised ? "fail" : "blocked", detail: block.detail };
  }
  const twin = twinOf(lane, each);
  try {
    await using rig = new CaseRig(lane, { id: each.id, seed: options.seed });
    await inTime(twin === undefined ? each.run(rig) : twin.run(rig));
    return twin === undefined
      ? { verdict: "pass" }
      : { verdict: "undeclared", detail: twin.detail };
  } catch (error) {
    return toJudgement(error);
  }
}

interface Block {
  readonly control?: ControlName | undefined;
  readonly detail: string;
}

/** Why a case cannot be run by this harness, or undefined. */
function blockOf(lane: Lane, each: ConformanceCase): Block | undefined {
  const { programs, cannot = {}, lacks = [] } = lane.subject;
  if (each.requires !== undefined && !each.requires.holds(lane.manifest)) return undefined;
  const control = each.controls?.find((name) => lacks.includes(name));
  if (control !== undefined) return { control, detail: `the harness lacks the control ${control}` };
  const missing = each.programs?.find(
    (name) => programs[name] === undefined && cannot[name as OptionalProgramName] === undefined,
  );
  if (missing !== undefined) {
    return { detail: `the subject has no program "${missing}", and no reason why` };
  }
  const commands = lane.subject.machine?.commands;
  const command = each.commands?.find((name) => commands?.[name] === undefined);
  if (command === undefined) return undefined;
  return { detail: `the subject has no command "${command}"` };
}

interface Twin {
  readonly detail: string;
  run(rig: CaseRig): Promise<void>;
}

/** The negative twin of a case that is not declared, or undefined when the case itself runs. */
function twinOf(lane: Lane, each: ConformanceCase): Twin | undefined {
  const { requires, programs = [] } = each;
  if (requires !== undefined && !requires.holds(lane.manifest)) {
    return { detail: `not declared: ${requires.text}`, run: (rig) => requires.refuse(rig) };
  }
  const missing = programs.find((name) => lane.subject.programs[name] === undefined);
  if (missing === undefined) return undefined;
  const name = missing as OptionalProgramName;
  const reason = lane.subject.cannot?.[name] ?? "";
  return { detail: `no "${name}": ${reason}`, run: (rig) => refuteBehaviour(rig, name) };
}

function toJudgement(error: unknown): Judgement {
  if (error instanceof ConformanceFailure) return { verdict: "fail", detail: error.message };
  if (error instanceof FaultError) {
    const { code, op, message } = error.fault;
    return { verdict: "fail", detail: `unexpected fault ${code} of ${op}: ${message}` };
  }
  const detail = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return { verdict: "error", detail };
}

async function inTime(work: Promise<void>): Promise<void> {
  const { promise, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(
    () => reject(new ConformanceFailure(`it did not end within ${caseTimeoutMs} ms`)),
    caseTimeoutMs,
  );
  try {
    await Promise.race([work, promise]);
  } finally {
    clearTimeout(timer);
  }
}
