import { describe, expect, test } from "vitest";
import type { ConformanceCase, OpenTarget } from "./conformance-case.ts";
import { runCase } from "./run-case.ts";

/** What is tested, and what it is allowed not to declare. */
export interface ConformanceSubject<Target, Kit> {
  readonly name: string;
  readonly cases: readonly ConformanceCase<Target, Kit>[];
  readonly open: OpenTarget<Target, Kit>;
  /** Ids whose verdict must be `undeclared`; all others must pass. */
  readonly undeclared?: readonly string[] | undefined;
}

/** Registers every case as a test. */
export function describeConformance<Target, Kit extends object>(
  subject: ConformanceSubject<Target, Kit>,
): void {
  const { name, cases, open, undeclared = [] } = subject;
  describe(`${name} conforms`, () => {
    for (const each of cases) {
      const expected = undeclared.includes(each.id) ? "undeclared" : "pass";
      test(`${each.id} ${each.law}: ${expected}`, async () => {
        const { verdict, reason } = await runCase(each, open);
        expect({ verdict, reason }).toEqual({ verdict: expected, reason: undefined });
      });
    }
  });
}
