import { digestValue } from "@bedplate/codec";
import { isFault, raise } from "@bedplate/errors";
import type { InvokeDriver } from "../../facets/invoke.ts";
import type { Observation, ObserveDriver } from "../../facets/observe.ts";
import type { Mark, RewindDriver } from "../../facets/rewind.ts";
import type { InstanceDriver } from "../../instance-driver.ts";
import type { ConformanceSubject } from "../conformance-subject.ts";
import { overlay } from "../overlay.ts";
import {
  hostInstances,
  instances,
  type Mutant,
  type MutantParts,
  runsOneAtATime,
  withFuel,
} from "./mutant.ts";

const declares = (name: "rewind" | "observe") => (subject: ConformanceSubject) =>
  subject.plugin.manifest.declares[name] !== undefined;
const isRewindable = declares("rewind");
const isObservable = declares("observe");

/** Where observations may be dropped, dropping one is no defect. */
const isLossless: NonNullable<Mutant["appliesTo"]> = (subject) =>
  subject.plugin.manifest.declares.observe?.isLossy === false;

/** Defects of `rewind` and `observe`. */
export const facetMutants: readonly Mutant[] = [
  {
    id: "rewinding does nothing",
    caughtBy: ["RW-01", "RW-06"],
    appliesTo: isRewindable,
    make: () => rewinding((inner) => ({ rewind: (mark, call) => inner.settle(mark, call) })),
  },
  {
    id: "rewinding an outer mark only undoes the inner one",
    caughtBy: ["RW-03"],
    appliesTo: isRewindable,
    make: () =>
      rewinding((inner) => {
        const marks: Mark[] = [];
        return {
          async mark(call) {
            const mark = await inner.mark(call);
            marks.push(mark);
            return mark;
          },
          async rewind(mark, call) {
            await inner.rewind(marks.pop() ?? mark, call);
          },
        };
      }),
  },
  {
    id: "settling rewinds",
    caughtBy: ["RW-04"],
    appliesTo: isRewindable,
    make: () => rewinding((inner) => ({ settle: (mark, call) => inner.rewind(mark, call) })),
  },
  {
    id: "the digest depends on the history of marks",
    caughtBy: ["RW-12"],
    appliesTo: isRewindable,
    make: () =>
      rewinding((inner) => {
        let marks = 0;
        return {
          mark(call) {
            marks += 1;
            return inner.mark(call);
          },
          async digest(call) {
            return digestValue([await inner.digest(call), marks]);
          },
        };
      }),
  },
  {
    id: "the digest does not see the state",
    caughtBy: ["RW-01"],
    appliesTo: isRewindable,
    make: () => rewinding(() => ({ digest: async () => digestValue("always the same") })),
  },
  {
    id: "marks nest one less deep than declared",
    caughtBy: ["RW-02"],
    appliesTo: isRewindable,
    make: () => shallow(),
  },
  {
    id: "a mark has no depth",
    caughtBy: ["RW-02"],
    appliesTo: isRewindable,
    make: () =>
      rewinding((inner) => ({ mark: async (call) => ({ ...(await inner.mark(call)), depth: 0 }) })),
  },
  {
    id: "a dead mark is taken",
    caughtBy: ["RW-05"],
    appliesTo: isRewindable,
    make: () =>
      hostRewinding((inner) => ({
        rewind: (mark, call) => inner.rewind(mark, call).catch(forgive),
        settle: (mark, call) => inner.settle(mark, call).catch(forgive),
      })),
  },
  {
    id: "a rewound instance runs otherwise",
    caughtBy: ["RW-08"],
    appliesTo: isRewindable,
    make: () => instances(scarred),
  },
  {
    id: "a mark during a run breaks",
    caughtBy: ["RW-11"],
    appliesTo: (subject) => isRewindable(subject) && runsOneAtATime(subject),
    make: () =>
      hostRewinding((inner) => ({
        rewind: (mark, call) =>
          inner.rewind(mark, call).catch((error: unknown) => {
            if (!isFault(error, "resource.busy")) throw error;
            throw new TypeError("it was busy");
          }),
      })),
  },
  {
    id: "a declared point never fires",
    caughtBy: ["OB-01"],
    appliesTo: isObservable,
    make: () => observing((each) => (each.point.startsWith("run-s") ? [] : [each])),
  },
  {
    id: "an observed run is dearer",
    caughtBy: ["OB-02", "IV-20"],
    appliesTo: isObservable,
    make: () => instances(dearWhenWatched),
  },
  {
    id: "an observation is dropped",
    caughtBy: ["OB-03"],
    appliesTo: isLossless,
    make: () => {
      let told = 0;
      return observing((each) => (++told === 2 ? [] : [each]));
    },
  },
  {
    id: "a slow watcher stops the guest",
    caughtBy: ["OB-04"],
    appliesTo: isObservable,
    make: () => instances(blocking),
  },
  {
    id: "a watcher that leaves takes the instance along",
    caughtBy: ["OB-05"],
    appliesTo: isObservable,
    make: () => instances(fragile),
  },
  {
    id: "points that nobody asked for are told",
    caughtBy: ["OB-06"],
    appliesTo: isObservable,
    make: () => observing((each) => [each, { ...each, point: "unasked" }]),
  },
  {
    id: "observations go back in time",
    caughtBy: ["OB-07"],
    appliesTo: isObservable,
    make: () => observing((each) => [{ ...each, at: 1e9 - each.at }]),
  },
  {
    id: "an observation quotes the guest",
    caughtBy: ["OB-07"],
    appliesTo: isObservable,
    make: () => instances(quoting),
  },
];

function rewinding(change: (inner: RewindDriver) => Partial<RewindDriver>): MutantParts {
  return instances((instance) => {
    const inner = (instance.facets as { readonly rewind?: RewindDriver }).rewind;
    if (inner === undefined) return instance;
    const rewind = overlay(inner, change(inner));
    return overlay(instance, { facets: { ...instance.facets, rewind } as never });
  });
}

function hostRewinding(change: (inner: RewindDriver) => Partial<RewindDriver>): MutantParts {
  return hostInstances((instance) => {
    const inner = (instance.facets as { readonly rewind?: RewindDriver }).rewind;
    if (inner === undefined) return instance;
    const rewind = overlay(inner, change(inner));
    const facet = (name: "invoke") =>
      (name as string) === "rewind" ? rewind : instance.facet(name);
    return overlay(instance, { facet: facet as never });
  });
}

function forgive(error: unknown): void {
  if (!isFault(error, "resource.missing")) throw error;
}

function shallow(): MutantParts {
  return {
    plugin(plugin) {
      const nesting = plugin.manifest.declares.rewind?.nesting ?? 0;
      const parts = rewinding((inner) => {
        let open = 0;
        return {
          mark(call) {
            open += 1;
            if (open >= nesting) throw tooDeep(nesting);
            return inner.mark(call);
          },
        };
      });
      return parts.plugin?.(plugin) ?? plugin;
    },
  };
}

function tooDeep(limit: number): Error {
  return raise("quota.exceeded", {
    op: "instance.rewind.mark",
    detail: { meter: "marks", limit: limit - 1, asked: limit },
    message: "Cannot mark: too many marks are open",
  });
}

interface Facets {
  readonly invoke?: InvokeDriver;
  readonly rewind?: RewindDriver;
  readonly observe?: ObserveDriver;
}

function scarred(instance: InstanceDriver): InstanceDriver {
  const { invoke, rewind } = instance.facets as Facets;
  if (invoke === undefined || rewind === undefined) return instance;
  let scars = 0;
  const facets = {
    ...instance.facets,
    invoke: {
      async run(...values: Parameters<InvokeDriver["run"]>) {
        const done = await invoke.run(...values);
        return withFuel(done, done.usage.fuel + scars);
      },
    },
    rewind: overlay(rewind, {
      rewind(mark, call) {
        scars += 1;
        return rewind.rewind(mark, call);
      },
    }),
  };
  return overlay(instance, { facets: facets as never });
}

function observing(change: (each: Observation) => readonly Observation[]): MutantParts {
  return instances((instance) =>
    watching(instance, {
      async *tell(stream) {
        for await (const each of stream) yield* change(each);
      },
    }),
  );
}

interface Watching {
  tell?(stream: AsyncIterable<Observation>): AsyncIterable<Observation>;
  onWatch?(signal: AbortSignal): void;
  run?(
    inner: InvokeDriver["run"],
    ...values: Parameters<InvokeDriver["run"]>
  ): ReturnType<InvokeDriver["run"]>;
}

function watching(instance: InstanceDriver, defect: Watching): InstanceDriver {
  const { invoke, observe } = instance.facets as Facets;
  if (invoke === undefined || observe === undefined) return instance;
  const facets = {
    ...instance.facets,
    observe: {
      observe(...[points, call]: Parameters<ObserveDriver["observe"]>) {
        defect.onWatch?.(call.signal);
        const stream = observe.observe(points, call);
        return defect.tell?.(stream) ?? stream;
      },
    },
    invoke: {
      run: (...values: Parameters<InvokeDriver["run"]>) => {
        const run: InvokeDriver["run"] = (...given) => invoke.run(...given);
        return defect.run?.(run, ...values) ?? run(...values);
      },
    },
  };
  return overlay(instance, { facets: facets as never });
}

function dearWhenWatched(instance: InstanceDriver): InstanceDriver {
  let isWatched = false;
  return watching(instance, {
    onWatch() {
      isWatched = true;
    },
    async run(inner, ...values) {
      const done = await inner(...values);
      return withFuel(done, done.usage.fuel + (isWatched ? 1 : 0));
    },
  });
}

function blocking(instance: InstanceDriver): InstanceDriver {
  let [isWatched, runs] = [false, 0];
  return watching(instance, {
    onWatch() {
      isWatched = true;
    },
    async run(inner, ...values) {
      runs += 1;
      if (isWatched && runs > 10) throw new RangeError("the watcher is behind");
      return inner(...values);
    },
  });
}

function fragile(instance: InstanceDriver): InstanceDriver {
  let watcher: AbortSignal | undefined;
  return watching(instance, {
    onWatch(signal) {
      watcher = signal;
    },
    async run(inner, ...values) {
      if (watcher?.aborted) throw new TypeError("nobody watches");
      return inner(...values);
    },
  });
}

function quoting(instance: InstanceDriver): InstanceDriver {
  let input = "";
  return watching(instance, {
    async *tell(stream) {
      for await (const each of stream) yield { ...each, facts: { ...each.facts, input } };
    },
    async run(inner, invocation, call) {
      input = Buffer.from(invocation.input).toString("utf8");
      return inner(invocation, call);
    },
  });
}
