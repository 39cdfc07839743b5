import type { CapName } from "../caps.ts";
import { denyAll } from "../facets/egress.ts";
import { facetNames } from "../facets/facet-spec.ts";
import type { Instance } from "../gate/instance.ts";
import { type InstanceOperation, isLegal, type Phase } from "../phase.ts";
import type { CaseRig } from "./case-rig.ts";

/** Phases that an instance reaches by calls alone. */
export type WalkPhase = "created" | "running" | "paused" | "stopped" | "released";

/** The phases that an instance of this environment can be brought to. */
export function phasesOf(rig: CaseRig): readonly WalkPhase[] {
  const paused = rig.declares("pause") ? (["paused"] as const) : [];
  return ["created", "running", ...paused, "stopped", "released"];
}

/** The operations that an instance of this environment answers. */
export function operationsOf(rig: CaseRig): readonly InstanceOperation[] {
  const facets = facetNames.filter((name) => rig.declares(name) && name in facetProbes);
  return ["start", "status", "wait", "stop", "release", ...facets];
}

/** A new instance in a phase. */
export async function bringTo(rig: CaseRig, phase: WalkPhase): Promise<Instance> {
  const instance = await rig.instance("echo", { isStarted: phase !== "created" });
  if (phase === "paused") await instance.facet("pause").pause(rig.call());
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

/** A bound that no small machine reaches. */
export const roomy: { readonly [C in CapName]: number } = {
  cpuMillis: 1000,
  memoryBytes: 512 * 1024 * 1024,
  processes: 512,
  diskBytes: 1024 * 1024 * 1024,
  inodes: 100_000,
  egressBytesPerSecond: 10_000_000,
};

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
  async exec(rig, instance) {
    await instance.facet("exec").list(rig.call());
  },
  async files(rig, instance) {
    await instance.facet("files").stat({ path: "/" }, rig.call());
  },
  async serve(rig, instance) {
    const [protocol = "tcp"] = rig.manifest.declares.serve?.protocols ?? [];
    await instance.facet("serve").withdraw({ port: 1, protocol }, rig.call());
  },
  async egress(rig, instance) {
    await instance.facet("egress").set(denyAll, rig.call());
  },
  // There and back: what comes first depends on where it is.
  async pause(rig, instance) {
    const pause = instance.facet("pause");
    if (instance.phase === "paused") await pause.resume(rig.call());
    else await pause.pause(rig.call());
  },
  async snapshot(rig, instance) {
    const [scope = "files"] = rig.manifest.declares.snapshot?.scopes ?? [];
    await instance.facet("snapshot").capture({ scope, sink: async () => {} }, rig.call());
  },
  async resize(rig, instance) {
    const [cap = "memoryBytes"] = rig.manifest.declares.resize?.live ?? [];
    await instance.facet("resize").resize({ [cap]: roomy[cap] }, rig.call());
  },
};

/** Where an operation leads, as the phase table and the lifecycle say; undefined where it is illegal. */
export function nextPhase(operation: InstanceOperation, phase: Phase): Phase | undefined {
  if (!isLegal(operation, phase)) return undefined;
  if (operation === "start") return "running";
  if (operation === "stop") return "stopped";
  if (operation === "pause") return phase === "paused" ? "running" : "paused";
  return operation === "release" ? "released" : phase;
}
