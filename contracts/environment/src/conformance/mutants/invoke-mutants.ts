import { FaultError, raise } from "@bedplate/errors";
import type { Execution } from "../../facets/invoke.ts";
import {
  answering,
  asking,
  bytes,
  has,
  type Mutant,
  metered,
  running,
  withFuel,
  withOutcome,
} from "./mutant.ts";

const planted = [{ key: bytes("a"), value: bytes("1") }];
const isFueled = metered("fuel");

/** Defects of what a run answers. */
export const invokeMutants: readonly Mutant[] = [
  {
    id: "writes are kept after a trap",
    caughtBy: ["IV-07"],
    appliesTo: has("trap"),
    make: () => answering((done) => (done.outcome.kind === "trapped" ? wrote(done) : done)),
  },
  {
    id: "writes are kept after a revert",
    caughtBy: ["IV-06"],
    make: () => answering((done) => (done.outcome.kind === "reverted" ? wrote(done) : done)),
  },
  {
    id: "a part of the writes is kept at exhaustion",
    caughtBy: ["IV-08"],
    appliesTo: isFueled,
    make: () => answering((done) => (done.outcome.kind === "exhausted" ? wrote(done) : done)),
  },
  {
    id: "writes are not sorted",
    caughtBy: ["IV-23"],
    appliesTo: has("write"),
    make: () => answering((done) => ({ ...done, writes: done.writes.toReversed() })),
  },
  {
    id: "a key is written twice",
    caughtBy: ["IV-23"],
    appliesTo: has("write"),
    make: () => answering((done) => ({ ...done, writes: done.writes.flatMap((w) => [w, w]) })),
  },
  {
    id: "the first value wins instead of the last",
    caughtBy: ["IV-23"],
    appliesTo: has("write"),
    make: () =>
      answering((done) => ({
        ...done,
        writes: done.writes.map((w) => (w.value === null ? w : { ...w, value: bytes("1") })),
      })),
  },
  {
    id: "deletes are lost",
    caughtBy: ["IV-23"],
    appliesTo: has("write"),
    make: () =>
      answering((done) => ({ ...done, writes: done.writes.filter((w) => w.value !== null) })),
  },
  {
    id: "fuel runs out one too early",
    caughtBy: ["IV-08"],
    appliesTo: isFueled,
    make: () => asking((given) => ({ ...given, budget: moved(given.budget, "fuel", -1) })),
  },
  {
    id: "fuel runs out one too late",
    caughtBy: ["IV-08"],
    appliesTo: isFueled,
    make: () => asking((given) => ({ ...given, budget: moved(given.budget, "fuel", 1) })),
  },
  {
    id: "fuel used depends on how much there was",
    caughtBy: ["IV-09"],
    appliesTo: isFueled,
    make: () =>
      answering((done, { invocation }) =>
        withFuel(done, done.usage.fuel + ((invocation.budget.fuel ?? 0) > 1e6 ? 1 : 0)),
      ),
  },
  {
    id: "fuel is not counted",
    caughtBy: ["IV-07", "IV-19"],
    appliesTo: has("trap"),
    make: () => answering((done) => withFuel(done, 0)),
  },
  {
    id: "a run without fuel says that it returned",
    caughtBy: ["IV-08"],
    appliesTo: isFueled,
    make: () =>
      answering((done) =>
        done.outcome.kind === "exhausted"
          ? withOutcome(done, { kind: "returned", output: new Uint8Array() })
          : done,
      ),
  },
  {
    id: "the output of a revert is lost",
    caughtBy: ["IV-06"],
    make: () =>
      answering((done) =>
        done.outcome.kind === "reverted"
          ? { ...withOutcome(done, { ...done.outcome, output: new Uint8Array() }), events: [] }
          : done,
      ),
  },
  {
    id: "a trap says no reason",
    caughtBy: ["IV-07"],
    appliesTo: has("trap"),
    make: () =>
      answering((done) =>
        done.outcome.kind === "trapped" ? withOutcome(done, { kind: "trapped", reason: "" }) : done,
      ),
  },
  {
    id: "every tenth run differs",
    caughtBy: ["IV-01"],
    make: () => {
      let runs = 0;
      return answering((done) => withFuel(done, done.usage.fuel + (++runs % 10 === 0 ? 1 : 0)));
    },
  },
  {
    id: "each opening runs differently",
    caughtBy: ["IV-02"],
    make: () => {
      let openings = 0;
      const around = (offset: number) =>
        answering((done) => withFuel(done, done.usage.fuel + offset));
      return { plugin: (plugin) => around(openings++).plugin?.(plugin) ?? plugin };
    },
  },
  {
    id: "the time zone leaks into a run",
    caughtBy: ["IV-04"],
    make: () =>
      answering((done) =>
        withFuel(done, done.usage.fuel + Math.abs(new Date(0).getTimezoneOffset())),
      ),
  },
  {
    id: "the host's chance leaks into a run",
    caughtBy: ["IV-04", "IV-01"],
    make: () =>
      answering((done) => withFuel(done, done.usage.fuel + Math.floor(Math.random() * 100))),
  },
  {
    id: "a fault leaves a residue",
    caughtBy: ["IV-12", "ER-10"],
    make: () => {
      let isDirty = false;
      return running(async (run, inner) => {
        try {
          const done = await inner(run.invocation);
          const dirt = isDirty ? 1 : 0;
          isDirty = false;
          return withFuel(done, done.usage.fuel + dirt);
        } catch (error) {
          isDirty = true;
          throw error;
        }
      });
    },
  },
  {
    id: "a run that does not return leaves a residue",
    caughtBy: ["IV-12"],
    make: () => {
      let dirt = 0;
      return answering((done) => {
        const dirty = withFuel(done, done.usage.fuel + dirt);
        if (done.outcome.kind !== "returned") dirt = 1;
        return dirty;
      });
    },
  },
  {
    id: "a flood disturbs the neighbour",
    caughtBy: ["EE-35"],
    make: () => {
      let isWet = false;
      return answering((done) => {
        const { outcome } = done;
        if (outcome.kind === "exhausted") isWet = true;
        return isWet && outcome.kind === "returned" ? withFuel(done, done.usage.fuel + 1) : done;
      });
    },
  },
  {
    id: "a trap is thrown as a fault",
    caughtBy: ["ER-09"],
    appliesTo: has("trap"),
    make: () =>
      answering((done) => {
        if (done.outcome.kind === "trapped") throw asFault("the guest trapped");
        return done;
      }),
  },
  {
    id: "an exhausted run is thrown as a fault",
    caughtBy: ["ER-09"],
    make: () =>
      answering((done) => {
        if (done.outcome.kind === "exhausted") throw asFault("the guest is exhausted");
        return done;
      }),
  },
  {
    id: "a fault is answered as an outcome",
    caughtBy: ["ER-01", "ER-11"],
    make: () =>
      running(async (run, inner) => {
        try {
          return await inner(run.invocation);
        } catch (error) {
          if (!(error instanceof FaultError)) throw error;
          return nothing({ kind: "trapped", reason: error.fault.code });
        }
      }),
  },
];

/** Nothing happened, and that is the outcome. */
export function nothing(outcome: Execution["outcome"]): Execution {
  const usage = { fuel: 0, wallMs: 0, cpuMs: 0, memoryBytes: 0, outputBytes: 0 };
  return { outcome, usage, writes: [], events: [] };
}

function wrote(done: Execution): Execution {
  return { ...done, writes: planted };
}

function moved(budget: object, meter: string, by: number): object {
  const bound = (budget as Readonly<Record<string, number | undefined>>)[meter];
  return bound === undefined ? budget : { ...budget, [meter]: Math.max(0, bound + by) };
}

function asFault(message: string): Error {
  return raise("internal.bug", {
    op: "instance.invoke",
    blame: "guest",
    detail: { where: "guest" },
    message,
  });
}
