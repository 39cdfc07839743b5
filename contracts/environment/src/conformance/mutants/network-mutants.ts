import type { EgressPolicy, EgressRule } from "../../facets/egress.ts";
import type { Endpoint } from "../../facets/serve.ts";
import type { InstanceSpec } from "../../instance-driver.ts";
import { overlay } from "../overlay.ts";
import {
  changing,
  creating,
  declaring,
  facetOf,
  forgiving,
  hostChanging,
  hostCreating,
} from "./machine-mutant.ts";
import { driver, instances, type Mutant, type MutantParts } from "./mutant.ts";

const serves = declaring("serve", "exec");
const reaches = declaring("egress", "exec");

/** Nobody listens there. */
const nowhere = "127.0.0.1:1";

/** Defects of `serve` and `egress`. */
export const networkMutants: readonly Mutant[] = [
  {
    id: "an exposed port leads nowhere",
    caughtBy: ["SV-01"],
    appliesTo: serves,
    make: () =>
      changing("serve", () => ({ expose: async (request) => ({ ...request, address: nowhere }) })),
  },
  {
    id: "exposing again gives another address",
    caughtBy: ["SV-01"],
    appliesTo: serves,
    make: () => {
      let exposed = 0;
      return changing("serve", (inner) => ({
        async expose(...asked) {
          const endpoint = await inner.expose(...asked);
          return ++exposed % 2 === 1 ? endpoint : { ...endpoint, address: nowhere };
        },
      }));
    },
  },
  {
    id: "a withdrawn port is still reached",
    caughtBy: ["SV-02"],
    appliesTo: serves,
    make: () => changing("serve", () => ({ withdraw: async () => {} })),
  },
  {
    id: "a pause takes the ports away",
    caughtBy: ["SV-03"],
    appliesTo: declaring("serve", "exec", "pause"),
    make: () => forgetful(),
  },
  {
    id: "two machines have the same address",
    caughtBy: ["SV-04"],
    appliesTo: serves,
    make: () => {
      let first: Endpoint | undefined;
      return changing("serve", (inner) => ({
        async expose(request, call) {
          first ??= await inner.expose(request, call);
          return { ...first, ...request };
        },
      }));
    },
  },
  {
    id: "a protocol that is not declared is taken",
    caughtBy: ["SV-05"],
    appliesTo: serves,
    make: () =>
      hostChanging("serve", (inner) => ({
        expose: (request, call) =>
          forgiving(inner.expose(request, call), "capability.undeclared", () => ({
            ...request,
            address: nowhere,
          })),
      })),
  },
  {
    id: "a machine that ended still serves",
    caughtBy: ["SV-06"],
    appliesTo: serves,
    make: () =>
      instances((instance) =>
        overlay(instance, {
          stop: async () => ({ code: 0, signal: null, isOutOfMemory: false, at: 0 }),
          release: async () => {},
        }),
      ),
  },
  {
    id: "without a policy everything is reached",
    caughtBy: ["EG-01"],
    appliesTo: reaches,
    make: () => creating((spec) => ({ egress: { rules: [], otherwise: "allow" }, ...spec })),
  },
  {
    id: "the last rule decides",
    caughtBy: ["EG-02"],
    appliesTo: reaches,
    make: () => judging((policy) => ({ ...policy, rules: policy.rules.toReversed() })),
  },
  {
    id: "a new policy changes nothing",
    caughtBy: ["EG-03"],
    appliesTo: reaches,
    make: () => changing("egress", () => ({ set: async () => {} })),
  },
  {
    id: "private addresses are like others",
    caughtBy: ["EG-04"],
    appliesTo: reaches,
    make: () =>
      judging((policy) =>
        policy.otherwise === "deny"
          ? policy
          : { ...policy, rules: [...policy.rules, { action: "allow", cidr: "0.0.0.0/0" }] },
      ),
  },
  {
    id: "all below a host is the host too",
    caughtBy: ["EG-05"],
    appliesTo: ({ plugin }) => plugin.manifest.declares.egress?.matches.includes("domain") === true,
    make: () =>
      rewriting((rule) =>
        rule.domain?.startsWith("*.") === true
          ? [rule, { ...rule, domain: rule.domain.slice(2) }]
          : [rule],
      ),
  },
  {
    id: "ports are ignored",
    caughtBy: ["EG-06"],
    appliesTo: ({ plugin }) => plugin.manifest.declares.egress?.matches.includes("port") === true,
    make: () => rewriting(({ ports: _, ...rule }) => [rule]),
  },
  {
    id: "a policy that makes no sense is taken",
    caughtBy: ["EG-07"],
    appliesTo: reaches,
    make: () =>
      hostChanging("egress", (inner) => ({
        set: (...asked) => forgiving(inner.set(...asked), "argument.invalid", () => {}),
      })),
  },
  {
    id: "a policy that makes no sense is left out at creation",
    caughtBy: ["EG-07"],
    appliesTo: reaches,
    make: () =>
      hostCreating(({ egress, ...spec }) =>
        egress?.rules.some(({ cidr }) => cidr === "10.0.0.0") === true
          ? spec
          : { ...spec, ...(egress && { egress }) },
      ),
  },
];

/** A defect of how policies are judged, from the start and later. */
function judging(change: (policy: EgressPolicy) => EgressPolicy): MutantParts {
  const later = changing("egress", (inner) => ({
    set: (policy, call) => inner.set(change(policy), call),
  }));
  const changeSpec = (spec: InstanceSpec) =>
    spec.egress === undefined ? spec : { ...spec, egress: change(spec.egress) };
  const early = driver((inner) =>
    overlay(inner, { create: (spec, call) => inner.create(changeSpec(spec), call) }),
  );
  return { plugin: (plugin) => early.plugin?.(later.plugin?.(plugin) ?? plugin) ?? plugin };
}

function rewriting(change: (rule: EgressRule) => readonly EgressRule[]): MutantParts {
  return judging((policy) => ({ ...policy, rules: policy.rules.flatMap(change) }));
}

/** What was exposed is withdrawn when the machine goes on. */
function forgetful(): MutantParts {
  return changing("pause", (inner, instance) => ({
    async resume(call) {
      await inner.resume(call);
      for (const protocol of ["tcp", "http"] as const) {
        await facetOf(instance, "serve")?.withdraw({ port: 8080, protocol }, call);
      }
    },
  }));
}
