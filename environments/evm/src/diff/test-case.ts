import { Dice } from "./dice.ts";
import { generateTest } from "./generate-test.ts";
import { mutateTest } from "./mutate-test.ts";
import { nextTest } from "./next-test.ts";
import { type Observation, type ObserveOptions, observeRun } from "./observe-test.ts";
import type { TestJson } from "./test-json.ts";

export type CaseKind = "generated" | "mutated";

export interface CaseOptions {
  readonly seed: number;
  /** Tests that are changed; without them all cases are generated. */
  readonly examples?: readonly TestJson[] | undefined;
}

/** The test that a case begins with: every second one is a changed example, where there are any. */
export function makeTest(
  { seed, examples = [] }: CaseOptions,
  index: number,
): { readonly kind: CaseKind; readonly test: TestJson } {
  const dice = new Dice(seed, index);
  if (examples.length === 0 || index % 2 === 0) {
    return { kind: "generated", test: generateTest(dice) };
  }
  return { kind: "mutated", test: mutateTest(dice, dice.pick(examples)) };
}

/** Most transactions of one case. */
const stepsMax = 3;

/** Share of cases that go on with another transaction. */
const goesOn = 40;

/** One transaction of a case: a test of its own, and what the right engine makes of it. */
export interface CaseStep {
  readonly step: number;
  readonly kind: CaseKind;
  readonly test: TestJson;
  readonly right: Observation;
}

/** The transactions of a case, each on the world that the one before it left on the right engine. */
export async function* stepsOf(
  options: CaseOptions,
  index: number,
  right: ObserveOptions,
): AsyncGenerator<CaseStep> {
  const made = makeTest(options, index);
  const dice = new Dice(options.seed, index + nextStream);
  let next: TestJson | undefined = made.test;
  for (let step = 0; next !== undefined; step++) {
    const test: TestJson = next;
    const { observation, world } = await observeRun(test, right);
    yield { step, kind: made.kind, test, right: observation };
    const isOver = made.kind === "mutated" || step + 1 === stepsMax || !dice.percent(goesOn);
    next = isOver || world === undefined ? undefined : nextTest(dice, test, world);
  }
}

/** Chance of what comes next is apart from that of the first test, whatever the latter has used. */
const nextStream = 2 ** 31;
