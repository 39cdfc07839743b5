import { raise } from "@bedplate/errors";
import type { Invocation } from "../../facets/invoke.ts";
import { overlay } from "../overlay.ts";
import {
  answering,
  asking,
  driver,
  has,
  type Mutant,
  type MutantParts,
  metered,
  running,
  withFuel,
  withOutcome,
} from "./mutant.ts";

const hasEvents = has("events");

/** Defects of limits, events, state, cross-calls, time and chance. */
export const boundaryMutants: readonly Mutant[] = [
  {
    id: "events come in another order",
    caughtBy: ["IV-22"],
    appliesTo: hasEvents,
    make: () => answering((done) => ({ ...done, events: done.events.toReversed() })),
  },
  {
    id: "events are not told as they happen",
    caughtBy: ["IV-22"],
    appliesTo: hasEvents,
    make: () => asking(({ onEvent: _, ...given }) => given),
  },
  {
    id: "events are told twice",
    caughtBy: ["IV-22"],
    appliesTo: hasEvents,
    make: () =>
      asking((given) => ({
        ...given,
        onEvent(event) {
          given.onEvent?.(event);
          given.onEvent?.(event);
        },
      })),
  },
  {
    id: "events of an exhausted run are lost",
    caughtBy: ["IV-15"],
    appliesTo: metered("outputBytes"),
    make: () =>
      answering((done) => (done.outcome.kind === "exhausted" ? { ...done, events: [] } : done)),
  },
  {
    id: "the output limit is one too low",
    caughtBy: ["IV-15"],
    appliesTo: metered("outputBytes"),
    make: () => shifting("outputBytes", -1),
  },
  {
    id: "the output limit is one too high",
    caughtBy: ["IV-15"],
    appliesTo: metered("outputBytes"),
    make: () => shifting("outputBytes", 1),
  },
  {
    id: "output is not counted",
    caughtBy: ["IV-15"],
    appliesTo: metered("outputBytes"),
    make: () => answering((done) => ({ ...done, usage: { ...done.usage, outputBytes: 0 } })),
  },
  {
    id: "the largest input is refused",
    caughtBy: ["IV-16"],
    make: () => ({
      plugin(plugin) {
        const max = plugin.manifest.declares.invoke?.inputBytesMax ?? 0;
        const around = running((run, inner) => {
          if (run.invocation.input.length >= max) throw tooLong(max);
          return inner(run.invocation);
        });
        return around.plugin?.(plugin) ?? plugin;
      },
    }),
  },
  {
    id: "the depth limit wavers",
    caughtBy: ["IV-17"],
    appliesTo: has("recurse"),
    make: () => {
      let runs = 0;
      return asking((given) => {
        const { depth } = given.budget;
        if (depth === undefined || ++runs % 3 !== 0) return given;
        return { ...given, budget: { ...given.budget, depth: depth + 1 } };
      });
    },
  },
  {
    id: "the depth limit is not kept",
    caughtBy: ["IV-17", "EE-35"],
    appliesTo: has("recurse"),
    make: () => shifting("depth", 1_000_000),
  },
  {
    id: "another meter is named",
    caughtBy: ["EE-35"],
    make: () =>
      answering((done) =>
        done.outcome.kind === "exhausted" && done.outcome.meter !== "fuel"
          ? withOutcome(done, { kind: "exhausted", meter: "cpuMs" })
          : done,
      ),
  },
  {
    id: "the end of wall time is noticed late",
    caughtBy: ["IV-21"],
    appliesTo: metered("wallMs"),
    make: () =>
      running(async (run, inner) => {
        const done = await inner(run.invocation);
        const isLate = done.outcome.kind === "exhausted" && done.outcome.meter === "wallMs";
        if (isLate) await new Promise((resolve) => setTimeout(resolve, 400));
        return done;
      }),
  },
  {
    id: "a deadline is said to have had no effect",
    caughtBy: ["EE-32", "IV-21"],
    appliesTo: metered("wallMs"),
    make: () =>
      answering((done) => {
        if (done.outcome.kind !== "exhausted" || done.outcome.meter !== "wallMs") return done;
        throw raise("deadline.exceeded", {
          op: "instance.invoke",
          effect: "none",
          detail: { afterMs: 0 },
          message: "Cannot finish the run: it took too long",
        });
      }),
  },
  {
    id: "a refusal has no reason, or is a trap",
    caughtBy: ["IV-10", "EE-10"],
    make: () => ({
      plugin(plugin) {
        const trapping = answering((done) =>
          done.outcome.kind === "refused"
            ? withOutcome(done, { kind: "trapped", reason: "no such instruction" })
            : done,
        );
        const silent = driver((inner) =>
          overlay(inner, {
            async admit(artifact, call) {
              const answer = await inner.admit(artifact, call);
              return answer.isAdmitted ? answer : { ...answer, reason: "" };
            },
          }),
        );
        return silent.plugin?.(trapping.plugin?.(plugin) ?? plugin) ?? plugin;
      },
    }),
  },
  {
    id: "a load that fails reads as nothing",
    caughtBy: ["IV-11"],
    appliesTo: has("read"),
    make: () => asking(reading((reads) => forgiving(reads))),
  },
  {
    id: "a restart for state costs fuel",
    caughtBy: ["IV-13"],
    appliesTo: has("read"),
    make: () =>
      running(async (run, inner) => {
        let loads = 0;
        const counting = reading((reads) => ({
          peek: (key) => reads.peek(key),
          load(keys, call) {
            loads += keys.length;
            return reads.load(keys, call);
          },
        }));
        const done = await inner(counting(run.invocation));
        return withFuel(done, done.usage.fuel + loads);
      }),
  },
  {
    id: "writes are seen before they are committed",
    caughtBy: ["IV-14"],
    appliesTo: has("read", "write"),
    make: () => {
      const seen = new Map<string, Uint8Array | null>();
      return running(async (run, inner) => {
        const dirty = reading((reads) => ({
          peek: (key) => seen.get(`${Buffer.from(key)}`) ?? reads.peek(key),
          load: (keys, call) => reads.load(keys, call),
        }));
        const done = await inner(dirty(run.invocation));
        for (const { key, value } of done.writes) seen.set(`${Buffer.from(key)}`, value);
        return done;
      });
    },
  },
  {
    id: "a reverted callee looks returned",
    caughtBy: ["IV-18"],
    appliesTo: has("call"),
    make: () =>
      asking((given) => {
        const { call } = given;
        if (call === undefined) return given;
        return {
          ...given,
          call: async (ask) => ({ ...(await call(ask)), kind: "returned" }) as never,
        };
      }),
  },
  {
    id: "a static call is not static",
    caughtBy: ["IV-19"],
    appliesTo: has("callStatic"),
    make: () => calling((ask) => ({ ...ask, isStatic: false })),
  },
  {
    id: "a callee gets fuel that was spent",
    caughtBy: ["IV-19"],
    appliesTo: has("call"),
    make: () => calling((ask, given) => ({ ...ask, budget: given.budget })),
  },
  {
    id: "the host's clock leaks",
    caughtBy: ["IV-24"],
    appliesTo: has("clock", "random"),
    make: () => {
      // Two runs may begin in one millisecond: the clock that leaks is finer than that.
      let runs = 0;
      return asking((given) => ({ ...given, now: Date.now() + ++runs }));
    },
  },
  {
    id: "the seed is ignored",
    caughtBy: ["IV-24"],
    appliesTo: has("clock", "random"),
    make: () => asking((given) => ({ ...given, seed: new Uint8Array(32) })),
  },
];

type CallRequest = Parameters<NonNullable<Invocation["call"]>>[0];

function calling(change: (ask: CallRequest, given: Invocation) => CallRequest): MutantParts {
  return asking((given) => {
    const { call } = given;
    return call === undefined ? given : { ...given, call: (ask) => call(change(ask, given)) };
  });
}

function shifting(meter: "outputBytes" | "depth", by: number): MutantParts {
  return asking((given) => {
    const bound = given.budget[meter];
    if (bound === undefined) return given;
    return { ...given, budget: { ...given.budget, [meter]: Math.max(0, bound + by) } };
  });
}

type Reads = NonNullable<Invocation["reads"]>;

function reading(change: (reads: Reads) => Reads): (given: Invocation) => Invocation {
  return (given) => (given.reads === undefined ? given : { ...given, reads: change(given.reads) });
}

function forgiving(reads: Reads): Reads {
  let hasFailed = false;
  return {
    peek: (key) => (hasFailed ? null : reads.peek(key)),
    load: (keys, call) =>
      reads.load(keys, call).catch(() => {
        hasFailed = true;
      }),
  };
}

function tooLong(limit: number): Error {
  return raise("argument.invalid", {
    op: "instance.invoke",
    detail: { path: "/input", rule: "is too long", limit },
    message: "Cannot invoke: /input is too long",
  });
}
