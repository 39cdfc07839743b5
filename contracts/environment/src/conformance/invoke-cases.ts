import { digestBytes } from "@bedplate/codec";
import { raise } from "@bedplate/errors";
import type { Meter } from "../budget.ts";
import type { CaseRig } from "./case-rig.ts";
import type { ConformanceCase } from "./conformance-case.ts";
import { ensure, ensureEqual, ensureFault } from "./expectations.ts";
import { fuelPoints, isFuelMetered } from "./fuel-points.ts";
import { inNoise } from "./noise.ts";
import { all, capturedEffects, determinism, facet, meter } from "./requirements.ts";

const invoke = facet("invoke");
const replayable = all(invoke, determinism);

/** IV-01 to IV-12: what a run answers, and what it leaves. */
export const invokeCases: readonly ConformanceCase[] = [
  {
    id: "IV-01",
    law: "The same arguments give the same receipt, however often they are run",
    requires: replayable,
    async run(rig) {
      const instance = await rig.instance("echo");
      const first = await rig.run(instance, "echo", { payload: "once more" });
      ensureEqual(rig.said("echo", first), "once more", "what the guest said");
      for (let i = 1; i < (rig.subject.repeats ?? 1000); i++) {
        const next = await rig.run(instance, "echo", { payload: "once more" });
        ensureEqual(next.receipt, first.receipt, `receipt of run ${i + 1}`);
      }
    },
  },
  {
    id: "IV-02",
    law: "A freshly opened environment gives the same receipt",
    requires: replayable,
    async run(rig) {
      const first = await rig.runFresh("echo", { payload: "fresh" });
      const { environment } = await rig.open();
      const second = await rig.runFresh("echo", { payload: "fresh", environment });
      ensureEqual(second.receipt, first.receipt, "receipt");
    },
  },
  {
    id: "IV-04",
    law: "Time zone, locale, chance, map order and load of the host change no receipt",
    requires: replayable,
    async run(rig) {
      for (const name of ["echo", "clock", "random", "count"] as const) {
        if (rig.subject.programs[name] === undefined) continue;
        const quiet = await rig.runFresh(name, { payload: "x" });
        const noisy = await inNoise(() => rig.runFresh(name, { payload: "x" }));
        ensureEqual(noisy.receipt, quiet.receipt, `receipt of ${name}`);
      }
    },
  },
  {
    id: "IV-06",
    law: "A reverted run keeps its output, gives unused fuel back and writes nothing",
    requires: invoke,
    async run(rig) {
      const executed = await rig.runFresh("fail", { payload: "why" });
      ensureEqual(executed.outcome.kind, "reverted", "outcome");
      ensureEqual(rig.said("fail", executed), "why", "what the guest said");
      ensureEqual(executed.writes, [], "writes");
      if (!isFuelMetered(rig)) return;
      const { fuel = 0 } = executed.granted;
      ensure(executed.usage.fuel < fuel, `it used ${executed.usage.fuel} of ${fuel} fuel`);
    },
  },
  {
    id: "IV-07",
    law: "A trapped run says why, keeps the fuel that it used and writes nothing",
    requires: invoke,
    programs: ["trap"],
    async run(rig) {
      const executed = await rig.runFresh("trap");
      const { outcome, usage, writes, receipt } = executed;
      ensure(outcome.kind === "trapped", `expected trapped, saw ${outcome.kind}`);
      ensure(outcome.reason.length > 0 && outcome.reason.length <= 512, "no reason, or a novel");
      ensureEqual(writes, [], "writes");
      if (isFuelMetered(rig)) ensure(usage.fuel > 0, "it used no fuel");
      ensureEqual((await rig.runFresh("trap")).receipt, receipt, "receipt of the same trap");
    },
  },
  {
    id: "IV-08",
    law: "Below the fuel it needs a run is exhausted and writes nothing; with exactly that it returns",
    requires: all(invoke, meter("fuel")),
    run: fuelSweep,
  },
  {
    id: "IV-09",
    law: "The fuel used does not depend on how much there was",
    requires: all(invoke, meter("fuel")),
    async run(rig) {
      for (const name of ["echo", "fail", "trap", "write"] as const) {
        if (rig.subject.programs[name] === undefined) continue;
        const plenty = await rig.runFresh(name, { payload: "7" });
        const { fuel } = plenty.usage;
        for (const surplus of [1, 1000, 1_000_000]) {
          const budget = rig.budget({ fuel: fuel + surplus });
          const { usage, outcome } = await rig.runFresh(name, { payload: "7", budget });
          ensureEqual(outcome, plenty.outcome, `outcome of ${name} with ${surplus} to spare`);
          ensureEqual(usage.fuel, fuel, `fuel of ${name} with ${surplus} to spare`);
        }
      }
    },
  },
  {
    id: "IV-10",
    law: "What this environment cannot run is refused, not trapped, and uses nothing",
    requires: invoke,
    programs: ["unsupported"],
    async run(rig) {
      const environment = await rig.environment();
      const { artifact } = rig.program("unsupported");
      const admission = await environment.admit(digestBytes(artifact), rig.call());
      if (!admission.isAdmitted) return ensure(admission.reason.length > 0, "no reason");
      const { outcome, usage } = await rig.runFresh("unsupported");
      ensureEqual(outcome.kind, "refused", "outcome");
      ensureEqual(usage.fuel, 0, "fuel");
    },
  },
  {
    id: "IV-11",
    law: "State that cannot be loaded is a fault, without a receipt and without effect",
    requires: all(invoke, capturedEffects),
    programs: ["read"],
    async run(rig) {
      const reads = {
        peek: () => undefined,
        load: () => Promise.reject(stateIsAway()),
      };
      const instance = await rig.instance("read");
      await ensureFault(() => rig.run(instance, "read", { payload: "k", reads }), {
        code: "provider.unavailable",
        blame: "provider",
      });
      const empty = { peek: () => null, load: async () => {} };
      const again = await rig.run(instance, "read", { payload: "k", reads: empty });
      ensureEqual(rig.said("read", again), "(none)", "what the next run said");
    },
  },
  {
    id: "IV-12",
    law: "After every kind of outcome the next run is the run of a fresh instance",
    requires: all(invoke, determinism),
    run: leavesNoResidue,
  },
];

async function fuelSweep(rig: CaseRig): Promise<void> {
  for (const name of ["echo", "write"] as const) {
    if (rig.subject.programs[name] === undefined) continue;
    const instance = await rig.instance(name);
    const enough = await rig.run(instance, name, { payload: "7" });
    const needed = enough.usage.fuel;
    for (const fuel of fuelPoints(needed, rig.random)) {
      const budget = rig.budget({ fuel });
      const { outcome, usage, writes } = await rig.run(instance, name, { payload: "7", budget });
      if (fuel >= needed) {
        ensureEqual(outcome, enough.outcome, `${name}, outcome with ${fuel} of ${needed} fuel`);
        ensureEqual(writes, enough.writes, `${name}, writes with ${fuel} of ${needed} fuel`);
        continue;
      }
      const expected = { kind: "exhausted", meter: "fuel" };
      ensureEqual(outcome, expected, `${name}, outcome with ${fuel} of ${needed} fuel`);
      ensureEqual(writes, [], `${name}, writes with ${fuel} of ${needed} fuel`);
      ensure(usage.fuel <= fuel, `${name} used ${usage.fuel} of ${fuel} fuel`);
    }
  }
}

async function leavesNoResidue(rig: CaseRig): Promise<void> {
  const fresh = await rig.runFresh("echo", { payload: "clean" });
  const isCounting = rig.subject.programs.count !== undefined;
  for (const name of ["echo", "fail", "trap", "flood", "spin"] as const) {
    if (rig.subject.programs[name] === undefined) continue;
    if (name === "spin" && !isFuelMetered(rig)) continue;
    const budget = rig.budget({
      ...(isFuelMetered(rig) && { fuel: fresh.usage.fuel * 2 + spinFuel }),
      outputBytes: 4096,
    });
    const other = await rig.instance(name);
    const dirty = await rig.run(other, name, { payload: "dirt", budget: only(rig, budget) });
    const again = await rig.run(other, name, { payload: "dirt", budget: only(rig, budget) });
    ensureEqual(again.receipt, dirty.receipt, `receipt of the second run of ${name}`);
    await ensureFault(() => rig.run(other, name, { entry: "no-such-entry" }), {
      code: "argument.invalid",
    });
    const after = await rig.run(other, name, { payload: "dirt", budget: only(rig, budget) });
    ensureEqual(after.receipt, dirty.receipt, `receipt of ${name} after a fault`);
    const neighbour = await rig.runFresh("echo", { payload: "clean" });
    ensureEqual(neighbour.receipt, fresh.receipt, `receipt of echo after ${name}`);
  }
  if (!isCounting) return;
  const counter = await rig.instance("count");
  for (let i = 0; i < 3; i++) {
    const said = rig.said("count", await rig.run(counter, "count"));
    ensureEqual(said, "1", `what run ${i + 1} without a session counted`);
  }
}

function stateIsAway(): Error {
  return raise("provider.unavailable", {
    op: "state.get",
    blame: "provider",
    detail: { provider: "state" },
    message: "Cannot read the state: the store is away",
  });
}

/** Enough for an endless loop to show itself, and little enough to end soon. */
const spinFuel = 100_000;

function only(rig: CaseRig, budget: object): object {
  const declared: readonly string[] = rig.manifest.declares.invoke?.meters ?? [];
  const members = Object.entries(budget).filter(([name]) => declared.includes(name as Meter));
  return Object.fromEntries(members);
}
