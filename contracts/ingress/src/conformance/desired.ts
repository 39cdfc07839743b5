import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { expectFault, expectNoTrace } from "@bedplate/conformance";
import { isFault } from "@bedplate/errors";
import type { IngressProvider } from "../ingress-provider.ts";
import type { RouteRequest } from "../route-spec.ts";
import { dump, type IngressCase, idleRoute, serves } from "./ingress-case.ts";

/** What is wanted: generations, conditions, conflicts, listings. */
export const desiredCases: readonly IngressCase[] = [
  {
    id: "IG02",
    law: "a change takes a later generation, and the same route again keeps it",
    async run(ingress) {
      const first = await ingress.apply(idleRoute("a"));
      strictEqual((await ingress.apply(idleRoute("a"))).generation, first.generation);
      const changed = await ingress.apply(idleRoute("a", { timeoutMs: 7 }));
      ok(changed.generation > first.generation);
      strictEqual(changed.spec.timeoutMs, 7);
    },
  },
  {
    id: "IG03",
    law: "a condition that does not hold refuses the change and says what is there",
    async run(ingress) {
      const { generation } = await ingress.apply(idleRoute("a"), { ifGeneration: "absent" });
      const next = idleRoute("a", { timeoutMs: 7 });
      await expectNoTrace(
        () => dump(ingress),
        async () => {
          const exists = ingress.apply(next, { ifGeneration: "absent" });
          const { fault } = await expectFault("version.mismatch", exists);
          deepStrictEqual(fault.detail, { expected: "absent", actual: String(generation) });
          const late = { ifGeneration: generation + 1 };
          await expectFault("version.mismatch", ingress.apply(next, late));
          await expectFault("version.mismatch", ingress.remove("a", late));
          await expectFault("version.mismatch", ingress.apply(idleRoute("b"), late));
        },
      );
      const changed = await ingress.apply(next, { ifGeneration: generation });
      strictEqual(await ingress.remove("a", { ifGeneration: changed.generation }), true);
    },
  },
  {
    id: "IG05",
    law: "removing what is not there answers false and does nothing",
    async run(ingress) {
      await ingress.apply(idleRoute("a"));
      strictEqual(await ingress.remove("a"), true);
      await expectNoTrace(
        () => dump(ingress),
        async () => {
          strictEqual(await ingress.remove("a"), false);
          strictEqual(await ingress.remove("never"), false);
        },
      );
    },
  },
  {
    id: "IG06",
    law: "a route that is not there has no status",
    async run(ingress) {
      strictEqual(await ingress.status("never"), null);
      await ingress.apply(idleRoute("a"));
      strictEqual((await ingress.status("a"))?.name, "a");
      await ingress.remove("a");
      strictEqual(await ingress.status("a"), null);
    },
  },
  {
    id: "IG07",
    law: "pages list every route once, in the order of the names",
    async run(ingress) {
      const names = Array.from({ length: 25 }, (_, i) => `r${String(i).padStart(2, "0")}`);
      for (const name of names.toReversed()) await ingress.apply(idleRoute(name));
      const seen: string[] = [];
      let cursor: string | undefined;
      do {
        const page = await ingress.list({ limit: 10, cursor });
        ok(page.routes.length <= 10);
        seen.push(...page.routes.map(({ spec }) => spec.name));
        cursor = page.next;
      } while (cursor !== undefined);
      deepStrictEqual(seen, names);
      await expectFault("argument.invalid", ingress.list({ cursor: "forged" }));
      const { pageMax } = ingress.limits;
      await ingress.list({ limit: pageMax });
      await expectFault("argument.invalid", ingress.list({ limit: pageMax + 1 }));
    },
  },
  {
    id: "IG24",
    law: "of equal matches the older route serves, and the other names it",
    async run(ingress) {
      const match = { host: "same.example.test", pathPrefix: "/a" };
      await ingress.apply(idleRoute("old", { match }));
      const young = await ingress.apply(idleRoute("young", { match }));
      strictEqual(young.conflictsWith, "old");
      strictEqual((await ingress.status("young"))?.conflictsWith, "old");
      strictEqual((await ingress.status("old"))?.conflictsWith, null);
      // Spelled otherwise it is the same place; a change of the older one does not lose it.
      const spelled = { host: "same.example.test", pathPrefix: "/%61/" };
      const third = await ingress.apply(idleRoute("third", { match: spelled }));
      strictEqual(third.conflictsWith, "old");
      await ingress.apply(idleRoute("old", { match, timeoutMs: 7 }));
      strictEqual((await ingress.status("young"))?.conflictsWith, "old");
      if (!serves(ingress)) return;
      const served = ingress.served("young", young.generation, { timeoutMs: 2_000 });
      const { fault } = await expectFault("route.conflict", served);
      deepStrictEqual(fault.detail, { route: "old" });
    },
  },
  {
    id: "IG25",
    law: "a conflict ends when the older route goes or moves",
    async run(ingress) {
      const match = { host: "same.example.test" };
      for (const name of ["one", "two", "three"]) await ingress.apply(idleRoute(name, { match }));
      await ingress.remove("one");
      strictEqual((await ingress.status("two"))?.conflictsWith, null);
      strictEqual((await ingress.status("three"))?.conflictsWith, "two");
      await ingress.apply(idleRoute("two"));
      const three = await ingress.status("three");
      strictEqual(three?.conflictsWith, null);
      if (serves(ingress)) await ingress.served("three", three?.generation ?? 0);
      // Who comes back is the youngest.
      const back = await ingress.apply(idleRoute("two", { match }));
      strictEqual(back.conflictsWith, "three");
    },
  },
  {
    id: "IG48",
    law: "what the data plane does not declare is refused, without effect",
    async run(ingress) {
      await ingress.apply(idleRoute("a"));
      await expectNoTrace(
        () => dump(ingress),
        async () => {
          for (const [facet, route] of undeclaredRoutes(ingress)) {
            const { fault } = await expectFault("capability.undeclared", ingress.apply(route));
            deepStrictEqual([fault.detail, fault.effect], [{ facet }, "none"]);
          }
        },
      );
      if (serves(ingress)) return;
      await expectFault("capability.undeclared", ingress.served("a", 1));
    },
  },
  {
    id: "IG49",
    law: "of changes that come at once none is lost",
    async run(ingress, kit) {
      const other = await kit.second();
      const names = Array.from({ length: 64 }, (_, i) => `r${i}`);
      const applied = await Promise.all(
        names.map((name, i) => (i % 2 === 0 ? ingress : other).apply(idleRoute(name))),
      );
      strictEqual(new Set(applied.map(({ generation }) => generation)).size, names.length);
      deepStrictEqual((await dump(other)).map(({ spec }) => spec.name).sort(), names.sort());
      if (!serves(ingress)) return;
      await Promise.all(applied.map(({ spec, generation }) => other.served(spec.name, generation)));
    },
  },
  {
    id: "IG50",
    law: "of changes under one condition exactly one wins",
    async run(ingress, kit) {
      const other = await kit.second();
      const { generation: ifGeneration } = await ingress.apply(idleRoute("a"));
      const racing = Array.from({ length: 16 }, async (_, i) => {
        const target = i % 2 === 0 ? ingress : other;
        try {
          return await target.apply(idleRoute("a", { timeoutMs: 100 + i }), { ifGeneration });
        } catch (error) {
          if (isFault(error, "version.mismatch")) return null;
          throw error;
        }
      });
      const winners = (await Promise.all(racing)).filter((each) => each !== null);
      strictEqual(winners.length, 1);
      const now = await ingress.status("a");
      deepStrictEqual([now?.generation, now?.spec], [winners[0]?.generation, winners[0]?.spec]);
    },
  },
  {
    id: "IG51",
    law: "a name that comes again has a later generation than it ever had",
    async run(ingress) {
      const { generation } = await ingress.apply(idleRoute("a"));
      await ingress.remove("a");
      const again = await ingress.apply(idleRoute("a"));
      ok(again.generation > generation);
    },
  },
  {
    id: "IG52",
    law: "malformed routes are refused, without effect",
    async run(ingress) {
      await expectNoTrace(
        () => dump(ingress),
        async () => {
          for (const change of malformed) {
            const route = { ...idleRoute("a"), ...change } as RouteRequest;
            const applied = ingress.apply(route);
            await expectFault("argument.invalid", applied).catch((cause) => {
              throw new Error(`${JSON.stringify(change)}: ${cause}`, { cause });
            });
          }
        },
      );
    },
  },
  {
    id: "IG53",
    law: "the number of routes has an exact limit, and a change is no new route",
    async run(ingress) {
      const { routesMax } = ingress.limits;
      for (let i = 0; i < Math.min(routesMax, 64); i++) await ingress.apply(idleRoute(`r${i}`));
      if (routesMax > 64) return;
      await expectNoTrace(
        () => dump(ingress),
        async () => {
          const { fault } = await expectFault("quota.exceeded", ingress.apply(idleRoute("more")));
          deepStrictEqual([fault.detail.limit, fault.effect], [routesMax, "none"]);
        },
      );
      await ingress.apply(idleRoute("r0", { timeoutMs: 7 }));
      await ingress.remove("r0");
      await ingress.apply(idleRoute("more"));
    },
  },
  {
    id: "IG54",
    law: "an aborted call rejects with the reason; before it was sent it has no effect",
    async run(ingress) {
      const reason = new Error("gone");
      const signal = AbortSignal.abort(reason);
      const refused = ingress.apply(idleRoute("a"), { signal });
      strictEqual(await refused.catch((error: unknown) => error), reason);
      strictEqual(await ingress.status("a"), null);
    },
  },
  {
    id: "IG55",
    law: "a closed ingress refuses everything, and closing twice is harmless",
    async run(ingress) {
      await ingress.close();
      await ingress.close();
      await expectFault("resource.closed", ingress.apply(idleRoute("a")));
      await expectFault("resource.closed", ingress.status("a"));
      await expectFault("resource.closed", ingress.list());
      await expectFault("resource.closed", ingress.remove("a"));
      await expectFault("resource.closed", ingress.served("a", 1));
    },
  },
  {
    id: "IG56",
    law: "a caller's objects are copied",
    async run(ingress) {
      const backends = [{ id: "b", weight: 1, endpoints: [{ host: "127.0.0.1", port: 9 }] }];
      const route = { name: "a", match: { host: "a.example.test" }, backends };
      await ingress.apply(route);
      backends[0] = { id: "changed", weight: 2, endpoints: [{ host: "127.0.0.1", port: 10 }] };
      strictEqual((await ingress.status("a"))?.spec.backends[0]?.id, "b");
    },
  },
];

function undeclaredRoutes({ capabilities }: IngressProvider) {
  const at = { host: "127.0.0.1", port: 9 };
  const digest = `sha256:${"0".repeat(64)}`;
  const { mirror, rateLimit, access, tls, matchHeaders, matchMethods, sticky } = capabilities;
  const all: readonly (readonly [string, boolean, Partial<RouteRequest>])[] = [
    ["mirror", mirror, { mirror: { backend: { id: "m", endpoints: [at] }, percent: 1 } }],
    ["rateLimit", rateLimit, { limits: { requestsPerSecond: 1 } }],
    ["access", access, { access: { tokenDigests: [digest] } }],
    ["tls", tls, { tls: { certificate: "c", versionMin: "1.3" } }],
    ["match.headers", matchHeaders, { match: { host: "x.test", headers: { "x-a": "1" } } }],
    ["match.methods", matchMethods, { match: { host: "x.test", methods: ["GET"] } }],
    ["sticky", sticky.includes("cookie"), { sticky: { by: "cookie", name: "pin" } }],
    ["sticky", sticky.includes("header"), { sticky: { by: "header", name: "pin" } }],
    ...(["connect", "502", "503"] as const).map(
      (on) =>
        ["retries", capabilities.retries.includes(on), { retries: { max: 1, on: [on] } }] as const,
    ),
  ];
  return all
    .filter(([, isDeclared]) => !isDeclared)
    .map(([facet, , change]) => [facet, { ...idleRoute("x"), ...change }] as const);
}

const endpoint = { host: "127.0.0.1", port: 9 };

/** Each in place of a member of a route that is well formed. */
const malformed: readonly object[] = [
  { name: "" },
  { name: "A name" },
  { match: { host: "" } },
  { match: { host: "UPPER.example" } },
  { match: { host: "a.*.example" } },
  { match: { host: "*" } },
  { match: { host: "a.example", pathPrefix: "a" } },
  { match: { host: "a.example", pathPrefix: "/a/../b" } },
  { match: { host: "a.example", pathPrefix: "/a%2fb" } },
  { match: { host: "a.example", pathPrefix: "/a b" } },
  { match: { host: "a.example", pathPrefix: "/a\r\nb" } },
  { match: { host: "a.example", headers: { "X-Upper": "1" } } },
  { match: { host: "a.example", headers: { "x-a": "1\r\nx-b: 2" } } },
  { backends: [] },
  { backends: [{ id: "b", weight: -1, endpoints: [endpoint] }] },
  { backends: [{ id: "b", weight: 0.5, endpoints: [endpoint] }] },
  { backends: [{ id: "b", weight: 1, endpoints: [] }] },
  { backends: [{ id: "b", weight: 1, endpoints: [{ host: "127.0.0.1", port: 0 }] }] },
  { backends: [{ id: "b", weight: 1, endpoints: [{ host: "a b", port: 9 }] }] },
  {
    backends: [
      { id: "b", weight: 1, endpoints: [endpoint] },
      { id: "b", weight: 1, endpoints: [endpoint] },
    ],
  },
  { timeoutMs: 0 },
  { timeoutMs: 3_600_001 },
  { limits: { bodyBytesMax: -1 } },
  { limits: { headerBytesMax: 1_000_000_000 } },
  { unknown: true },
];
