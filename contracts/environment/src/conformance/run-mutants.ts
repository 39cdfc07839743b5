import type { ConformanceCase } from "./conformance-case.ts";
import type { ConformanceSubject } from "./conformance-subject.ts";
import { Lane } from "./lane.ts";
import { mutants } from "./mutants/every-mutant.ts";
import type { Mutant, MutantParts } from "./mutants/mutant.ts";
import { type Place, placeIn } from "./place.ts";
import { contractProtocol } from "./protocol.ts";
import { runCase } from "./run-case.ts";
import { conformanceCases } from "./suite.ts";

/** What to break, and how thoroughly to look. */
export interface MutantOptions {
  readonly seed?: string | undefined;
  /** Runs every case against every mutant, to learn which cases notice what. Default: false. */
  readonly isExhaustive?: boolean | undefined;
  /** Ids of mutants. Default: every one that is aimed at what the subject declares. */
  readonly only?: readonly string[] | undefined;
  /** Told of every mutant as its fate is known. */
  readonly onResult?: ((result: MutantResult) => void) | undefined;
}

/** What became of one mutant. */
export interface MutantResult {
  readonly id: string;
  /** The cases that noticed; none for a survivor. */
  readonly caughtBy: readonly string[];
}

/** How well the suite notices defects. */
export interface MutantReport {
  readonly killed: number;
  readonly total: number;
  readonly results: readonly MutantResult[];
  /** After an exhaustive run: cases that noticed nothing. */
  readonly idle: readonly string[];
}

/** So few repeats are enough to see a defect, and so little patience is enough to see a hang. */
const mutantRepeats = 25;
const mutantTimeoutMs = 5_000;

/** Breaks the subject in every known way, one after the other, and runs cases until one notices. */
export async function runMutants(
  subject: ConformanceSubject,
  options: MutantOptions = {},
): Promise<MutantReport> {
  const { seed = "bedplate", isExhaustive = false, only, onResult } = options;
  const hasty = {
    ...subject,
    repeats: Math.min(subject.repeats ?? mutantRepeats, mutantRepeats),
    timeoutMs: Math.min(subject.timeoutMs ?? mutantTimeoutMs, mutantTimeoutMs),
  };
  const results: MutantResult[] = [];
  for (const mutant of mutants) {
    if (!(only?.includes(mutant.id) ?? isAimedAt(subject, mutant))) continue;
    const caughtBy = await catchOne(mutant, { subject: hasty, seed, isExhaustive });
    const result = { id: mutant.id, caughtBy };
    results.push(result);
    onResult?.(result);
  }
  const busy = new Set(results.flatMap(({ caughtBy }) => caughtBy));
  const killed = results.filter(({ caughtBy }) => caughtBy.length > 0).length;
  const idle = conformanceCases.map(({ id }) => id).filter((id) => isExhaustive && !busy.has(id));
  return { killed, total: results.length, results, idle };
}

async function catchOne(
  mutant: Mutant,
  options: {
    readonly subject: ConformanceSubject;
    readonly seed: string;
    readonly isExhaustive: boolean;
  },
): Promise<readonly string[]> {
  const { subject, seed, isExhaustive } = options;
  const caughtBy: string[] = [];
  for (const each of inOrder(mutant)) {
    const parts = mutant.make();
    const place = placeOf(parts, placeIn("in-process", subject));
    const protocol = { ...contractProtocol, ...parts.protocol };
    await using lane = new Lane(subject, { position: "in-process", place, protocol });
    const { verdict } = await runCase(lane, each, { seed });
    if (verdict === "fail") caughtBy.push(each.id);
    if (caughtBy.length > 0 && !isExhaustive) break;
  }
  return caughtBy;
}

/** A defect can show where it is said to, and where a law that it breaks is declared. */
function isAimedAt(subject: ConformanceSubject, { appliesTo, caughtBy }: Mutant): boolean {
  if (appliesTo?.(subject) === false) return false;
  const { manifest } = subject.plugin;
  const aims = conformanceCases.filter(({ id }) => caughtBy.includes(id));
  return aims.some(({ requires }) => requires?.holds(manifest) ?? true);
}

/** The cases that have to notice come first. */
function inOrder({ caughtBy }: Mutant): readonly ConformanceCase[] {
  const isFirst = ({ id }: ConformanceCase) => caughtBy.includes(id);
  const rest = conformanceCases.filter((each) => !isFirst(each));
  return [...conformanceCases.filter(isFirst), ...rest];
}

function placeOf(parts: MutantParts, base: Place): Place {
  const { plugin, options, environment } = parts;
  return {
    plugin: (each) => (plugin === undefined ? each : plugin(each)),
    options: (each) => (options === undefined ? base.options(each) : options(base.options(each))),
    environment: (each) => (environment === undefined ? each : environment(each)),
  };
}
