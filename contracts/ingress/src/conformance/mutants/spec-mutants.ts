import { digestBytes } from "@bedplate/codec";
import { overriding } from "@bedplate/conformance";
import type { RouteSpec } from "../../route-spec.ts";
import { driverMutant, type IngressMutant, specMutant } from "./ingress-mutant.ts";

/** Data planes that do something else than the route says. */
export const specMutants: readonly IngressMutant[] = [
  specMutant("weights are not looked at", ["IG15"], (spec) => ({
    ...spec,
    backends: spec.backends.map((each) => ({ ...each, weight: 1 })),
  })),
  specMutant("no weight is zero", ["IG15", "IG16"], (spec) => ({
    ...spec,
    backends: spec.backends.map((each) => ({ ...each, weight: Math.max(1, each.weight) })),
  })),
  specMutant("a backend has one endpoint", ["IG64"], (spec) => ({
    ...spec,
    backends: spec.backends.map((each) => ({ ...each, endpoints: each.endpoints.slice(0, 1) })),
  })),
  specMutant("prefixes are not looked at", ["IG21", "IG26"], (spec) => ({
    ...spec,
    match: { ...spec.match, pathPrefix: "/" },
  })),
  specMutant("headers are not looked at", ["IG22"], ({ match, ...spec }) => {
    const { headers: _, ...others } = match;
    return { ...spec, match: others };
  }),
  specMutant("methods are not looked at", ["IG23"], ({ match, ...spec }) => {
    const { methods: _, ...others } = match;
    return { ...spec, match: others };
  }),
  specMutant("timeouts are not looked at", ["IG18", "IG32", "IG76"], (spec) => ({
    ...spec,
    timeoutMs: 3_600_000,
  })),
  specMutant("a body may be one byte longer", ["IG30", "IG65"], (spec) =>
    withLimits(spec, ({ bodyBytesMax }) => ({ bodyBytesMax: (bodyBytesMax ?? 0) + 1 })),
  ),
  specMutant("a body must be one byte shorter", ["IG30", "IG65"], (spec) =>
    withLimits(spec, ({ bodyBytesMax }) => ({ bodyBytesMax: (bodyBytesMax ?? 1) - 1 })),
  ),
  specMutant("header lines may be one byte longer", ["IG31"], (spec) =>
    withLimits(spec, ({ headerBytesMax }) => ({ headerBytesMax: (headerBytesMax ?? 0) + 1 })),
  ),
  specMutant("header lines must be one byte shorter", ["IG31"], (spec) =>
    withLimits(spec, ({ headerBytesMax }) => ({ headerBytesMax: (headerBytesMax ?? 2) - 1 })),
  ),
  specMutant("more requests pass than the route lets", ["IG46"], (spec) =>
    withLimits(spec, ({ requestsPerSecond }) => ({
      requestsPerSecond: (requestsPerSecond ?? 0) + 2,
    })),
  ),
  specMutant("requests are sent again for any cause", ["IG33"], (spec) =>
    spec.retries ? { ...spec, retries: { max: 3, on: ["connect", "502", "503"] } } : spec,
  ),
  specMutant(
    "no request is sent again",
    ["IG33", "IG34", "IG72"],
    ({ retries: _, ...spec }) => spec,
  ),
  specMutant("clients are not kept", ["IG41", "IG82"], ({ sticky: _, ...spec }) => spec),
  specMutant("the mirror gets twice its share", ["IG42"], (spec) =>
    spec.mirror ? { ...spec, mirror: { ...spec.mirror, percent: spec.mirror.percent * 2 } } : spec,
  ),
  specMutant("nothing is mirrored", ["IG42", "IG43"], ({ mirror: _, ...spec }) => spec),
  specMutant("the mirror is a backend like any other", ["IG42", "IG43"], ({ mirror, ...spec }) =>
    mirror ? { ...spec, backends: [...spec.backends, { ...mirror.backend, weight: 1 }] } : spec,
  ),
  specMutant("private routes are open", ["IG83"], ({ access: _, ...spec }) => spec),
  specMutant("only the first token opens", ["IG83"], (spec) =>
    spec.access
      ? { ...spec, access: { tokenDigests: spec.access.tokenDigests.slice(0, 1) } }
      : spec,
  ),
  specMutant("a wrong token opens", ["IG83"], (spec) => ({
    ...spec,
    access: spec.access && {
      tokenDigests: [...spec.access.tokenDigests, digestBytes(Buffer.from("wrong"))],
    },
  })),
  driverMutant("a wildcard stands for more labels than one", ["IG20"], (driver) => ({
    async apply(spec, condition) {
      const { host } = spec.match;
      const deep = { ...spec.match, host: host.replace("*.", "*.b.") };
      if (host.startsWith("*")) {
        await driver.apply({ ...spec, name: `${spec.name}-deep`, match: deep }, "any");
      }
      return await driver.apply(spec, condition);
    },
  })),
  driverMutant("a wildcard comes before the exact host", ["IG19"], (driver) => ({
    async apply(spec, condition) {
      if (spec.match.host.startsWith("*")) {
        const match = { host: "app.example.test", pathPrefix: "/in/a" };
        await driver.apply({ ...spec, name: `${spec.name}-first`, match }, "any");
      }
      return await driver.apply(spec, condition);
    },
  })),
  {
    name: "a prefix is a text",
    kills: ["IG21"],
    breakDriver: (driver) =>
      overriding(driver, {
        async apply(spec, condition) {
          const { pathPrefix } = spec.match;
          if (pathPrefix === "/a") {
            const match = { ...spec.match, pathPrefix: "/ab" };
            await driver.apply({ ...spec, name: `${spec.name}-text`, match }, "any");
          }
          return await driver.apply(spec, condition);
        },
      }),
  },
];

function withLimits(
  spec: RouteSpec,
  change: (limits: NonNullable<RouteSpec["limits"]>) => NonNullable<RouteSpec["limits"]>,
): RouteSpec {
  return spec.limits ? { ...spec, limits: { ...spec.limits, ...change(spec.limits) } } : spec;
}
