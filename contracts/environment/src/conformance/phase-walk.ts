import { facetNames } from "../facets/facet-spec.ts";
import type { Instance } from "../gate/instance.ts";
import { type InstanceOperation, isLegal, type Phase } from "../phase.ts";
import type { CaseRig } from "./case-rig.ts";

/** Phases that a finite execution reaches by calls alone. */
export type WalkPhase = "created" | "running" | "stopped" | "released";

/** The operations that an instance of this environment answers. */
export function operationsOf(rig: CaseRig): readonly InstanceOperation[] {
  const facets = facetNames.filter((name) => rig.declares(name) && name in facetProbes);
  return ["start", "status", "wait", "stop", "release", ...facets];
}

/** A new instance in a phase. */
export async function bringTo(rig: CaseRig, phase: WalkPhase): Promise<Instance> {
  const instance = await rig.instance("echo", { isStarted: phase !== "created" });
  if (phase === "stopped" || phase === "released") {
    await instance.stop({ graceMs: 0 }, rig.call());
  }
  if (phase === "released") await instance.release(rig.call());
  return instance;
}

/** Does one operation; for a facet, something small with it. */
export async function attempt(
  rig: CaseRig,
  instance: Instance,
  operation: InstanceOperation,
): Promise<void> {
  switch (operation) {
    case "start":
      return instance.start(rig.call());
    case "status":
      return void (await instance.status(rig.call()));
    case "wait":
      return void (await instance.wait([instance.phase], rig.call()));
    case "stop":
      return void (await instance.stop({ graceMs: 0 }, rig.call()));
    case "release":
      return instance.release(rig.call());
    default:
      return facetProbes[operation]?.(rig, instance);
  }
}

type Probe = (rig: CaseRig, instance: Instance) => Promise<void>;

const facetProbes: { readonly [O in InstanceOperation]?: Probe } = {
  async invoke(rig, instance) {
    await rig.run(instance, "echo", { payload: "x" });
  },
  async rewind(rig, instance) {
    await instance.facet("rewind").digest(rig.call());
  },
  async observe(rig, instance) {
    const watching = new AbortController();
    const call = rig.call({ signal: watching.signal });
    const stream = instance.facet("observe").observe([], call);
    watching.abort(new Error("seen enough"));
    await stream[Symbol.asyncIterator]().return?.();
  },
};

/** Where an operation leads, as the phase table and the lifecycle say; undefined where it is illegal. */
export function nextPhase(operation: InstanceOperation, phase: Phase): Phase | undefined {
  if (!isLegal(operation, phase)) return undefined;
  if (operation === "start") return "running";
  if (operation === "stop") return "stopped";
  return operation === "release" ? "released" : phase;
}
