import { EventLoopTurns } from "../event-loop-turns.ts";
import type { OpenEngine } from "../open-engine.ts";
import { minimise } from "./minimise.ts";
import { differencesOf, type Observation, observeTest } from "./observe-test.ts";
import { type CaseKind, type CaseOptions, stepsOf } from "./test-case.ts";
import type { TestJson } from "./test-json.ts";

export interface DiffOptions extends CaseOptions {
  readonly left: Pick<OpenEngine, "transactor" | "crypto">;
  readonly right: Pick<OpenEngine, "transactor" | "crypto">;
  /** The first case, and how many there are; case n is the same whatever comes before it. */
  readonly from: number;
  readonly count: number;
  readonly signal?: AbortSignal | undefined;
  /** Asked before each case whether the rest is left out. */
  readonly isOver?: (() => boolean) | undefined;
  /** Called after each transaction of a case. */
  readonly onCase?: ((one: DiffCase) => void) | undefined;
}

export interface DiffCase {
  readonly index: number;
  /** Which transaction of the case: 0 is the first. */
  readonly step: number;
  readonly kind: CaseKind;
  readonly fork: string;
  readonly status: string;
}

/** A test on which two engines differ, made as small as was found. */
export interface Difference extends DiffCase {
  readonly members: readonly (keyof Observation)[];
  readonly test: TestJson;
  readonly left: Observation;
  readonly right: Observation;
}

/** Most smaller tests that are tried for one difference. */
const triesMax = 2_000;

/** Runs tests on two engines, and yields those that they disagree on. */
export async function* findDifferences(options: DiffOptions): AsyncGenerator<Difference> {
  const turns = new EventLoopTurns(options.signal);
  for (let index = options.from; index < options.from + options.count; index++) {
    await turns.give();
    if (options.isOver?.() === true) return;
    for await (const { step, kind, test, right } of stepsOf(options, index, options.right)) {
      const left = await observeTest(test, options.left);
      const [fork = ""] = Object.keys(test.post);
      const { status } = left.status === "stopped" ? left : right;
      const one: DiffCase = { index, step, kind, fork, status };
      options.onCase?.(one);
      const members = differencesOf(left, right);
      if (members.length === 0) continue;
      yield { ...one, ...(await smallest(test, options)) };
      break;
    }
  }
}

type Compared = Pick<Difference, "members" | "left" | "right">;

async function compare(test: TestJson, options: DiffOptions): Promise<Compared> {
  const left = await observeTest(test, options.left);
  const right = await observeTest(test, options.right);
  return { members: differencesOf(left, right), left, right };
}

async function smallest(
  test: TestJson,
  options: DiffOptions,
): Promise<Compared & { readonly test: TestJson }> {
  const { members } = await compare(test, options);
  const turns = new EventLoopTurns(options.signal);
  const stillDiffers = async (candidate: TestJson) => {
    await turns.give();
    const found = await compare(candidate, options);
    return members.some((member) => found.members.includes(member));
  };
  const small = await minimise(test, { stillDiffers, triesMax });
  return {
    test: withExpectation(small, (await compare(small, options)).right),
    ...(await compare(small, options)),
  };
}

/** With what the second engine says as the expected end, so that the file is a state test. */
function withExpectation(test: TestJson, { root, logs }: Observation): TestJson {
  const post = Object.entries(test.post).map(([label, cases]) => {
    const changed = cases.map((one) => ({
      ...one,
      hash: root,
      logs: logs.length === 66 ? logs : one.logs,
    }));
    return [label, changed] as const;
  });
  return { ...test, post: Object.fromEntries(post) };
}
