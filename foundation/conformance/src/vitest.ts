import { describe, expect, test } from "vitest";
import type { ConformanceCase, OpenTarget } from "./conformance-case.ts";
import { runCase } from "./run-case.ts";

/** What is tested, and what it is allowed not to declare. */
export interface ConformanceSubject<Target, Kit> {
  readonly name: string;
  readonly cases: readonly ConformanceCase<Target, Kit>[];
  readonly open: OpenTarget<Target, Kit>;
  /** Ids whose verdict must be `undeclared`. */
  readonly undeclared?: readonly string[] | undefined;
  /** Ids whose verdict must be `blocked`, and why no harness can have their control; all others must pass. */
  readonly blocked?: Readonly<Record<string, string>> | undefined;
  /** A case that takes longer fails. Default: as `runCase` has it. */
  readonly timeoutMs?: number | undefined;
}

/** Registers every case as a test. */
export function describeConformance<Target, Kit extends object>(
  subject: ConformanceSubject<Target, Kit>,
): void {
  const { name, cases, open, undeclared = [], blocked = {}, timeoutMs } = subject;
  describe(`${name} conforms`, () => {
    for (const each of cases) {
      const why = Object.hasOwn(blocked, each.id) ? blocked[each.id] : undefined;
      const other = why === undefined ? "pass" : "blocked";
      const expected = undeclared.includes(each.id) ? "undeclared" : other;
      const because = why === undefined ? "" : ` (${why})`;
      test(`${each.id} ${each.law}: ${expected}${because}`, async () => {
        const { verdict, reason } = await runCase(each, open, { timeoutMs });
        const seen = { verdict, reason: verdict === "blocked" ? undefined : reason };
        expect(seen).toEqual({ verdict: expected, reason: undefined });
      });
    }
  });
}
