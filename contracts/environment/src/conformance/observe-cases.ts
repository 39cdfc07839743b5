import type { Observation } from "../facets/observe.ts";
import type { ConformanceCase } from "./conformance-case.ts";
import type { ProgramName } from "./conformance-subject.ts";
import { ensure, ensureEqual, ensureFault } from "./expectations.ts";
import { all, facet, losslessObservation } from "./requirements.ts";
import { observeAll } from "./watching.ts";

const observe = all(facet("observe"), facet("invoke"));

/** OB: watching without touching. */
export const observeCases: readonly ConformanceCase[] = [
  {
    id: "OB-01",
    law: "Every declared point fires for some program",
    requires: observe,
    async run(rig) {
      const seen = new Set<string>();
      for (const name of ["echo", "events", "hoard", "write", "fail"] as const) {
        if (rig.subject.programs[name] === undefined) continue;
        const { observations } = await observeAll(rig, name, { payload: "x" });
        for (const { point } of observations) seen.add(point);
      }
      const { points = [] } = rig.manifest.declares.observe ?? {};
      const silent = points.filter((each) => !seen.has(each));
      ensureEqual(silent, [], "declared points that never fired");
    },
  },
  {
    id: "OB-02",
    law: "An observed run is the run that nobody observes",
    requires: observe,
    async run(rig) {
      for (const name of ["echo", "fail", "trap", "events", "write"] as ProgramName[]) {
        if (rig.subject.programs[name] === undefined) continue;
        const alone = await rig.runFresh(name, { payload: "x" });
        const { executed } = await observeAll(rig, name, { payload: "x" });
        ensureEqual(executed.outcome, alone.outcome, `outcome of ${name}`);
        ensureEqual(executed.usage.fuel, alone.usage.fuel, `fuel of ${name}`);
        ensureEqual(executed.writes, alone.writes, `writes of ${name}`);
        ensureEqual(executed.events, alone.events, `events of ${name}`);
      }
    },
  },
  {
    id: "OB-03",
    law: "Two watchers that start together see the same, all of it",
    requires: all(observe, losslessObservation),
    async run(rig) {
      const program = rig.subject.programs.events === undefined ? "echo" : "events";
      const first = await observeAll(rig, program, { payload: "x" });
      const second = await observeAll(rig, program, { payload: "x" });
      ensure(first.observations.length > 0, "nothing was observed");
      ensureEqual(second.observations, first.observations, "observations of the same run");
    },
  },
  {
    id: "OB-04",
    law: "A watcher that reads nothing does not hold the guest up",
    requires: observe,
    async run(rig) {
      const instance = await rig.instance("echo");
      const { points = [] } = rig.manifest.declares.observe ?? {};
      const stream = instance.facet("observe").observe(points, rig.call());
      const iterator = stream[Symbol.asyncIterator]();
      void iterator.next().catch(() => {});
      for (let i = 0; i < 20; i++) {
        const { outcome } = await rig.run(instance, "echo", { payload: "x" });
        ensureEqual(outcome.kind, "returned", `outcome of run ${i + 1}`);
      }
      ensureEqual(instance.phase, "running", "phase");
    },
  },
  {
    id: "OB-05",
    law: "Aborting ends the stream and leaves the instance as it was",
    requires: observe,
    async run(rig) {
      const instance = await rig.instance("echo");
      const { points = [] } = rig.manifest.declares.observe ?? {};
      const watching = new AbortController();
      const call = rig.call({ signal: watching.signal });
      const seen: Observation[] = [];
      const reading = drain(instance.facet("observe").observe(points, call), seen);
      await rig.run(instance, "echo", { payload: "x" });
      watching.abort(new Error("enough"));
      await reading;
      const before = seen.length;
      const { outcome } = await rig.run(instance, "echo", { payload: "x" });
      ensureEqual(outcome.kind, "returned", "outcome after the watcher left");
      ensureEqual(seen.length, before, "observations after the abort");
    },
  },
  {
    id: "OB-06",
    law: "Only declared points can be asked for, and only points asked for are told",
    requires: observe,
    async run(rig) {
      const instance = await rig.instance("echo");
      const facet = instance.facet("observe");
      const { fault } = await ensureFault(() => facet.observe(["no-such-point"], rig.call()), {
        code: "argument.invalid",
        effect: "none",
      });
      ensureEqual(fault.detail["path"], "/points/0", "the pointer");
      const [point = ""] = rig.manifest.declares.observe?.points ?? [];
      const { observations } = await observeAll(rig, "echo", { payload: "x", points: [point] });
      const others = observations.filter((each) => each.point !== point);
      ensureEqual(others, [], `observations beside ${point}`);
    },
  },
  {
    id: "OB-07",
    law: "Observations of one run come in the order of its fuel, with flat facts and no guest bytes",
    requires: observe,
    async run(rig) {
      const secret = "observed-secret-5c1d";
      const program = rig.subject.programs.events === undefined ? "echo" : "events";
      for (const name of [program, "echo"] as const) {
        const { observations } = await observeAll(rig, name, { payload: secret });
        const times = observations.map(({ at }) => at);
        ensureEqual(
          times,
          times.toSorted((a, b) => a - b),
          "fuel of the observations",
        );
        const facts = observations.flatMap((each) => Object.values(each.facts));
        const kinds = facts.map((each) => typeof each);
        const odd = kinds.filter((each) => !["string", "number", "boolean"].includes(each));
        ensureEqual(odd, [], "facts that are not flat");
        ensure(!JSON.stringify(observations).includes(secret), "guest bytes are in a fact");
      }
    },
  },
];

async function drain(stream: AsyncIterable<Observation>, into: Observation[]): Promise<void> {
  try {
    for await (const each of stream) into.push(each);
  } catch {
    // The abort's own reason.
  }
}
