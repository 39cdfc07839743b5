import {
  type CaseResult,
  type ConformanceReport,
  type ConformanceSubject,
  conformanceCases,
  type MutantResult,
  runConformance,
  runMutants,
} from "@bedplate/environment/conformance";
import { raise } from "@bedplate/errors";
import { catalog } from "./catalog.ts";
import { loadSubject, type SubjectSource } from "./load-subject.ts";

/** What to run, and who is told meanwhile. */
export interface ConformOptions {
  readonly seed?: string | undefined;
  /** Ids of cases, or beginnings of them such as `IV`; with any, mutants are left out. */
  readonly only?: readonly string[] | undefined;
  readonly onCase?: ((result: CaseResult) => void) | undefined;
  readonly onMutant?: ((result: MutantResult) => void) | undefined;
}

/**
 * Proves an environment of this distribution (by its slot) or a plug-in in files against the contract,
 * and the suite against mutants.
 */
export async function conformEnvironment(
  what: string | SubjectSource,
  options: ConformOptions = {},
): Promise<ConformanceReport> {
  if (typeof what === "string") return prove(await catalogSubject(what), options);
  await using loaded = await loadSubject(what);
  return await prove(loaded.subject, options);
}

async function prove(
  subject: ConformanceSubject,
  options: ConformOptions,
): Promise<ConformanceReport> {
  const { seed, only, onCase, onMutant } = options;
  const odd = only?.find(
    (each) => !conformanceCases.some(({ id }) => `${id}-`.startsWith(`${each}-`)),
  );
  if (odd !== undefined) throw unknownCase(odd);
  const report = await runConformance(subject, { seed, only, onResult: onCase });
  if (only !== undefined) return report;
  const { killed, total } = await runMutants(subject, { seed, onResult: onMutant });
  return { ...report, mutants: { killed, total } };
}

/** The programs that make an environment provable, exported by its package as `./conformance`. */
async function catalogSubject(slot: string): Promise<ConformanceSubject> {
  const entry =
    catalog.find((each) => each.name === slot) ?? catalog.find((each) => each.slot === slot);
  if (entry === undefined) throw unknownSlot(slot);
  const { subject } = (await import(entry.conformance)) as { readonly subject: ConformanceSubject };
  return subject;
}

function unknownCase(id: string): Error {
  return raise("resource.missing", {
    op: "environment.conform",
    detail: { type: "case", id },
    message: `Cannot run ${id}: no case of the suite has an id that begins so`,
  });
}

function unknownSlot(slot: string): Error {
  return raise("resource.missing", {
    op: "environment.conform",
    subject: `slot/${slot}`,
    detail: { type: "environment", id: slot },
    message: `Cannot prove ${slot}: this distribution has ${catalog.map((each) => each.name).join(", ")}`,
  });
}
