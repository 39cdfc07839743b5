import { afterAll, describe, expect, test } from "vitest";
import { type ConformanceSubject, type Position, positions } from "./conformance-subject.ts";
import { Lane } from "./lane.ts";
import { placeIn } from "./place.ts";
import { caseTimeoutMs, runCase } from "./run-case.ts";
import { conformanceSeed } from "./run-conformance.ts";
import { conformanceCases } from "./suite.ts";

/** Registers every case in every position as one Vitest test each. */
export function describeConformance(
  name: string,
  subject: ConformanceSubject,
  options: { readonly positions?: readonly Position[]; readonly seed?: string } = {},
): void {
  const { seed = conformanceSeed } = options;
  for (const position of options.positions ?? positions) {
    describe(`${name} conforms, ${position}`, () => {
      const lane = new Lane(subject, { position, place: placeIn(position, subject) });
      afterAll(() => lane[Symbol.asyncDispose]());
      test.for(conformanceCases)("$id $law", { timeout: caseTimeoutMs }, async (each) => {
        const { verdict, detail } = await runCase(lane, each, { seed });
        expect(["pass", "undeclared"], detail).toContain(verdict);
      });
    });
  }
}
