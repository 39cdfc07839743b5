import { foreignSchema } from "@bedplate/schema";
import type { Meter } from "../budget.ts";
import type { FacetName } from "../facets/facet-spec.ts";
import type { CaseRequirement } from "./conformance-case.ts";
import { ensure, ensureEqual, ensureFault } from "./expectations.ts";

/** The environment declares the facet; its twin: using it is `capability.undeclared`. */
export function facet(name: FacetName): CaseRequirement {
  return {
    text: name,
    holds: (manifest) => manifest.declares[name] !== undefined,
    async refuse(rig) {
      const instance = await rig.instance("echo");
      await ensureFault(() => instance.facet(name), {
        code: "capability.undeclared",
        effect: "none",
      });
    },
  };
}

/** The environment enforces the meter; its twin: a budget that names it is refused. */
export function meter(name: Meter): CaseRequirement {
  return {
    text: `invoke.meters: ${name}`,
    holds: ({ declares }) => declares.invoke?.meters.includes(name) ?? false,
    async refuse(rig) {
      if (!rig.declares("invoke") || name === "wallMs") return;
      const work = () => rig.runFresh("echo", { budget: { [name]: 1_000_000 } });
      const { fault } = await ensureFault(work, { code: "argument.invalid", effect: "none" });
      ensureEqual(fault.detail["path"], `/budget/${name}`, "the pointer");
    },
  };
}

/** Guests may call other artifacts; its twin: an invocation that offers it is refused. */
export const crossCalls: CaseRequirement = {
  text: "invoke.crossCalls",
  holds: ({ declares }) => declares.invoke?.crossCalls ?? false,
  async refuse(rig) {
    if (!rig.declares("invoke")) return;
    const call = async () => ({ kind: "returned", output: new Uint8Array() }) as const;
    await ensureFault(() => rig.runFresh("echo", { call }), {
      code: "capability.undeclared",
      effect: "none",
    });
  },
};

/** It says beforehand whether an invocation can run; its twin: asking is `capability.undeclared`. */
export const invocationChecks: CaseRequirement = {
  text: "invoke.checks",
  holds: ({ declares }) => declares.invoke?.checks ?? false,
  async refuse(rig) {
    const environment = await rig.environment();
    const { artifact } = rig.spec("echo");
    const invocation = rig.invocation("echo");
    await ensureFault(() => environment.check(artifact, invocation, rig.call()), {
      code: "capability.undeclared",
      effect: "none",
    });
  },
};

/** Runs may add to numbers that they do not read; its twin: no run returns a credit. */
export const credits: CaseRequirement = {
  text: "invoke.credits",
  holds: ({ declares }) => declares.invoke?.credits ?? false,
  async refuse(rig) {
    if (!rig.declares("invoke")) return;
    ensureEqual((await rig.runFresh("echo")).credits ?? [], [], "credits");
  },
};

/** Instances can keep state between runs; its twin: an instance config with `session` is refused. */
export const session: CaseRequirement = {
  text: "instance config: session",
  holds: ({ instanceSchema }) => acceptsMember(instanceSchema, "session"),
  async refuse(rig) {
    await ensureFault(() => rig.instance("echo", { session: true }), {
      code: "argument.invalid",
      effect: "none",
    });
  },
};

/** Writes are returned, not applied; its twin: no run returns a write. */
export const capturedEffects: CaseRequirement = {
  text: "effects: captured",
  holds: ({ profile }) => profile.effects === "captured",
  async refuse(rig) {
    if (!rig.declares("invoke")) return;
    ensureEqual((await rig.runFresh("echo")).writes, [], "writes");
  },
};

/** Running again gives the same; its twin: the profile names where runs can differ. */
export const determinism: CaseRequirement = {
  text: "determinism: replayable or better",
  holds: ({ profile }) => profile.determinism.grade !== "none",
  async refuse({ manifest }) {
    const { sources } = manifest.profile.determinism;
    ensure(sources.length > 0, "no determinism, and no source of nondeterminism is named");
  },
};

/** A running guest can be stopped; its twin: the profile says so, and wall time is not promised. */
export const interruption: CaseRequirement = {
  text: "interrupt: safepoint or anywhere",
  holds: ({ profile }) => profile.concurrency.interrupt !== "never",
  async refuse({ manifest }) {
    const meters = manifest.declares.invoke?.meters ?? [];
    ensure(!meters.includes("wallMs"), "wallMs is declared, but nothing can be interrupted");
  },
};

/** Watchers get everything; its twin: the manifest says that they may not. */
export const losslessObservation: CaseRequirement = {
  text: "observe, not lossy",
  holds: ({ declares }) => declares.observe?.isLossy === false,
  async refuse(rig) {
    if (!rig.declares("observe")) await facet("observe").refuse(rig);
  },
};

/** All of them; its twin is that of the first which does not hold. */
export function all(...parts: readonly CaseRequirement[]): CaseRequirement {
  return {
    text: parts.map(({ text }) => text).join("; "),
    holds: (manifest) => parts.every((each) => each.holds(manifest)),
    async refuse(rig) {
      await parts.find((each) => !each.holds(rig.manifest))?.refuse(rig);
    },
  };
}

function acceptsMember(schema: object, name: string): boolean {
  const document = schema as Readonly<Record<string, unknown>>;
  const { properties = {} } = document as { readonly properties?: object };
  if (!(name in properties)) return false;
  const part = (properties as Readonly<Record<string, Readonly<Record<string, unknown>>>>)[name];
  return part !== undefined && foreignSchema(part).accepts(true);
}
