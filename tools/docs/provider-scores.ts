import { defineSchema, type Schema, Type } from "@bedplate/schema";

/** What one run of a suite against one driver gave. */
export interface ProviderScore {
  readonly subject: string;
  readonly proved: number;
  readonly declared: number;
  readonly cases: number;
  readonly blocked: number;
}

/** What the tests demand of the providers. */
export interface ProviderScores {
  readonly subjects: readonly ProviderScore[];
  /** Broken drivers that the suite has to notice, by the package that runs them. */
  readonly mutants: Readonly<Record<string, number>>;
}

interface ListedTest {
  /** Titles of the groups and of the test, with ` > ` between them. */
  readonly name: string;
  readonly file: string;
}

const listSchema: Schema<readonly ListedTest[]> = defineSchema(
  Type.Array(Type.Object({ name: Type.String(), file: Type.String() })),
);

interface Counts {
  pass: number;
  undeclared: number;
  blocked: number;
}

/**
 * Reads the scores off the list of all tests: the test of a case ends with the verdict that it
 * demands, and the test of a mutant demands that it is noticed. A run in which one of them fails is red.
 */
export function readScores(list: unknown): ProviderScores {
  const subjects = new Map<string, Counts>();
  const mutants = new Map<string, number>();
  for (const { name, file } of listSchema.parse(list)) {
    const [, folder = ""] = /providers\/([a-z0-9-]+)\//.exec(file) ?? [];
    if (/(^| > )the suite kills/.test(name)) mutants.set(folder, (mutants.get(folder) ?? 0) + 1);
    const [, subject, verdict] =
      /^(?:.* > )?(.*) conforms > .*: (pass|undeclared|blocked)(?: \(.*\))?$/.exec(name) ?? [];
    if (subject === undefined || verdict === undefined) continue;
    const counts = subjects.get(subject) ?? { pass: 0, undeclared: 0, blocked: 0 };
    counts[verdict as keyof Counts]++;
    subjects.set(subject, counts);
  }
  return {
    subjects: [...subjects].map(scoreOf).toSorted(bySubject),
    mutants: Object.fromEntries([...mutants].toSorted()),
  };
}

function scoreOf([subject, { pass, undeclared, blocked }]: readonly [
  string,
  Counts,
]): ProviderScore {
  const cases = pass + undeclared + blocked;
  return { subject, proved: pass, declared: cases - undeclared, cases, blocked };
}

function bySubject(a: ProviderScore, b: ProviderScore): number {
  return a.subject < b.subject ? -1 : 1;
}
