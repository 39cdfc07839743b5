import { readFileSync } from "node:fs";
import { defineSchema, type Schema, Type } from "@bedplate/schema";

/** What one run of a suite against one driver gave. */
export interface ProviderScore {
  readonly subject: string;
  readonly proved: number;
  readonly declared: number;
  readonly cases: number;
  readonly blocked: number;
}

/** What a report of the tests says of the providers. */
export interface ProviderScores {
  readonly subjects: readonly ProviderScore[];
  /** Broken drivers that the suite noticed, by the package that ran them. */
  readonly mutants: Readonly<Record<string, { readonly killed: number; readonly total: number }>>;
}

interface Report {
  readonly testResults: readonly {
    readonly name: string;
    readonly assertionResults: readonly {
      readonly ancestorTitles: readonly string[];
      readonly title: string;
      readonly status: string;
    }[];
  }[];
}

const reportSchema: Schema<Report> = defineSchema(
  Type.Object({
    testResults: Type.Array(
      Type.Object({
        name: Type.String(),
        assertionResults: Type.Array(
          Type.Object({
            ancestorTitles: Type.Array(Type.String()),
            title: Type.String(),
            status: Type.String(),
          }),
        ),
      }),
    ),
  }),
);

/** Reads the scores off the JSON report of a test run: a case's test ends with the verdict that it wants. */
export function readScores(path: string): ProviderScores {
  const report = reportSchema.parse(JSON.parse(readFileSync(path, "utf8")));
  const subjects = new Map<string, { pass: number; undeclared: number; blocked: number }>();
  const mutants: Record<string, { killed: number; total: number }> = {};
  for (const { name, assertionResults } of report.testResults) {
    const [, folder = ""] = /providers\/([a-z0-9-]+)\//.exec(name) ?? [];
    if (folder === "") continue;
    for (const { ancestorTitles, title, status } of assertionResults) {
      const isPassed = status === "passed";
      if (title.startsWith("the suite kills")) {
        mutants[folder] ??= { killed: 0, total: 0 };
        mutants[folder].total++;
        if (isPassed) mutants[folder].killed++;
      }
      const [, subject] = /^(.*) conforms$/.exec(ancestorTitles.at(-1) ?? "") ?? [];
      const [, verdict] = /: (pass|undeclared|blocked)$/.exec(title) ?? [];
      if (subject === undefined || verdict === undefined || !isPassed) continue;
      const counts = subjects.get(subject) ?? { pass: 0, undeclared: 0, blocked: 0 };
      counts[verdict as keyof typeof counts]++;
      subjects.set(subject, counts);
    }
  }
  return { subjects: [...subjects].map(scoreOf).toSorted(bySubject), mutants };
}

function scoreOf([subject, { pass, undeclared, blocked }]: readonly [
  string,
  { readonly pass: number; readonly undeclared: number; readonly blocked: number },
]): ProviderScore {
  const cases = pass + undeclared + blocked;
  return { subject, proved: pass, declared: cases - undeclared, cases, blocked };
}

function bySubject(a: ProviderScore, b: ProviderScore): number {
  return a.subject < b.subject ? -1 : 1;
}
