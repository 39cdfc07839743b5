import type { InvocationCheck } from "../../invocation-check.ts";
import type { ConformanceSubject } from "../conformance-subject.ts";
import { overlay } from "../overlay.ts";
import { answering, driver, type Mutant, type MutantParts, running, withFuel } from "./mutant.ts";

/** Defects of what is said of invocations beforehand, and of batches. */
export const batchMutants: readonly Mutant[] = [
  {
    id: "a check finds everything fit",
    caughtBy: ["IV-25"],
    appliesTo: checks,
    make: () => checking(() => ({ isFit: true })),
  },
  {
    id: "a check finds nothing fit",
    caughtBy: ["IV-25"],
    appliesTo: checks,
    make: () => checking(() => ({ isFit: false, code: "never", reason: "never" })),
  },
  {
    id: "a check does not say why",
    caughtBy: ["IV-25"],
    appliesTo: checks,
    make: () => checking((answer) => (answer.isFit ? answer : { ...answer, reason: "" })),
  },
  {
    id: "a check promises less fuel than is used",
    caughtBy: ["IV-25"],
    appliesTo: checks,
    make: () => checking((answer) => (answer.isFit ? { ...answer, fuelMax: 0 } : answer)),
  },
  {
    id: "credits are lost",
    caughtBy: ["IV-26"],
    appliesTo: hasCredits,
    make: () => answering(({ credits: _, ...done }) => done),
  },
  {
    id: "a run reads the number that it credits",
    caughtBy: ["IV-26"],
    appliesTo: hasCredits,
    make: () =>
      running(async ({ invocation }, inner) => {
        const done = await inner(invocation);
        const [first] = done.credits ?? [];
        const found = first && invocation.reads?.peek(first.key);
        return found ? withFuel(done, done.usage.fuel + 1) : done;
      }),
  },
  {
    id: "a batch is opened by what is no entry",
    caughtBy: ["IV-27"],
    make: () =>
      driver((inner) =>
        overlay(inner, {
          async admit(artifact, call) {
            const answer = await inner.admit(artifact, call);
            if (!answer.isAdmitted) return answer;
            return { ...answer, batch: { opens: "nowhere", closes: "nowhere" } };
          },
        }),
      ),
  },
];

function checking(change: (answer: InvocationCheck) => InvocationCheck): MutantParts {
  return driver((inner) => {
    const { check } = inner;
    if (check === undefined) return inner;
    const changed: typeof check = async (artifact, invocation, call) =>
      change(await check.call(inner, artifact, invocation, call));
    return overlay(inner, { check: changed });
  });
}

function checks({ plugin }: ConformanceSubject): boolean {
  return plugin.manifest.declares.invoke?.checks ?? false;
}

function hasCredits({ plugin }: ConformanceSubject): boolean {
  return plugin.manifest.declares.invoke?.credits ?? false;
}
