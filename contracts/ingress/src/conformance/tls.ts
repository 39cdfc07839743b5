import { deepStrictEqual, rejects, strictEqual } from "node:assert/strict";
import { expectFault, expectNoTrace } from "@bedplate/conformance";
import { openBackend } from "./backend.ts";
import { ask, hammer, pause, until } from "./client.ts";
import { dump, host, type IngressCase, idleRoute, routeTo, serve, serves } from "./ingress-case.ts";
import { controlOf, newCertificate, placeCertificate, shownTo, tlsWith } from "./tls-site.ts";

/** Selects cases for data planes that end TLS. */
export const endsTls: IngressCase["when"] = (ingress) =>
  serves(ingress) && ingress.capabilities.tls;

const other = "other.example.test";

/** Which certificate a client gets, and what it takes to be served. */
export const tlsCases: readonly IngressCase[] = [
  {
    id: "IG45",
    law: "a certificate that takes the place of another reaches new clients, and no request fails by it",
    when: endsTls,
    controls: ["certificates"],
    async run(ingress, kit) {
      const { at, put } = controlOf(kit.certificates);
      await using backend = await openBackend("one");
      const before = await placeCertificate(kit, "site");
      await serve(ingress, routeTo([backend], { tls: tlsWith(before) }));
      strictEqual(await shownTo(at, host), before.fingerprint);
      const later = ["site", "site", "site"].map(newCertificate);
      const trust = { ca: [before, ...later].flatMap((each) => each.trust.ca) };
      await using kept = hammer(at, { trust });
      await using fresh = hammer(at, { trust }, { keepAlive: false });
      for (const next of later) {
        await pause(50);
        await put("site", next.pem);
        await until("the next certificate is shown", async () => {
          return (await shownTo(at, host)) === next.fingerprint;
        });
      }
      const results = [...(await kept.stop()).values(), ...(await fresh.stop()).values()];
      deepStrictEqual(new Set(results), new Set([200]));
    },
  },
  {
    id: "IG87",
    law: "the host that a client names at the handshake decides the certificate: exact before wildcard, none without a route",
    when: endsTls,
    controls: ["certificates"],
    async run(ingress, kit) {
      const { at } = controlOf(kit.certificates);
      await using backend = await openBackend("one");
      const [one, two, three] = [
        await placeCertificate(kit, "one"),
        await placeCertificate(kit, "two"),
        await placeCertificate(kit, "three"),
      ];
      const routes = [
        [host, one],
        ["*.w.example.test", two],
        ["a.w.example.test", three],
      ] as const;
      for (const [index, [name, certificate]] of routes.entries()) {
        const tls = tlsWith(certificate);
        await serve(ingress, routeTo([backend], { name: `r${index}`, match: { host: name }, tls }));
      }
      for (const [name, { fingerprint, trust }] of [
        [host, one],
        ["b.w.example.test", two],
        ["a.w.example.test", three],
        ["A.W.Example.Test", three],
      ] as const) {
        strictEqual(await shownTo(at, name), fingerprint, name);
        const { status, body } = await ask(at, { host: name, trust });
        deepStrictEqual([status, body.toString()], [200, "one"]);
      }
      for (const name of ["a.b.w.example.test", "w.example.test", "nobody.example.test"]) {
        await rejects(shownTo(at, name), name);
      }
      // Without the exact host its name is the wildcard's; another certificate is served as named.
      await ingress.remove("r2");
      await until("the wildcard has it", async () => {
        return (await shownTo(at, "a.w.example.test")) === two.fingerprint;
      });
      await serve(ingress, routeTo([backend], { name: "r0", match: { host }, tls: tlsWith(two) }));
      strictEqual(await shownTo(at, host), two.fingerprint);
      await ingress.remove("r0");
      await until("the host is gone", () => shownTo(at, host).then(no, yes));
    },
  },
  {
    id: "IG88",
    law: "a client that speaks an older version than the route wants gets nothing",
    when: endsTls,
    controls: ["certificates"],
    async run(ingress, kit) {
      const { at } = controlOf(kit.certificates);
      await using backend = await openBackend("one");
      const site = await placeCertificate(kit, "site");
      const old = { ...site.trust, versionMax: "TLSv1.2" } as const;
      const routes = [routeTo([backend], { tls: tlsWith(site, "1.3") })];
      routes.push(
        routeTo([backend], { name: "old", match: { host: other }, tls: tlsWith(site, "1.2") }),
      );
      for (const route of routes) await serve(ingress, route);
      strictEqual((await ask(at, { trust: site.trust })).status, 200);
      for (const trust of [old, site.trust]) {
        strictEqual((await ask(at, { host: other, trust })).status, 200);
      }
      const seen = backend.seen.length;
      await rejects(ask(at, { trust: old }));
      await rejects(ask(at, { trust: { ...old, name: other } }), "by the name of another host");
      strictEqual(backend.seen.length, seen);
    },
  },
  {
    id: "IG89",
    law: "a plain request for a route with TLS is sent to the same place there, and reaches nobody",
    when: endsTls,
    controls: ["certificates"],
    async run(ingress, kit) {
      const { at } = controlOf(kit.certificates);
      await using backend = await openBackend("one");
      const site = await placeCertificate(kit, "site");
      await serve(
        ingress,
        routeTo([backend], { match: { pathPrefix: "/in" }, tls: tlsWith(site) }),
      );
      await serve(ingress, routeTo([backend], { name: "plain", match: { pathPrefix: "/plain" } }));
      const origin = at.port === 443 ? `https://${host}` : `https://${host}:${at.port}`;
      for (const [method, asked] of [
        ["GET", `${host}:8080`],
        ["POST", host],
      ] as const) {
        const path = "/in/a%20b//c?q=1&r=%2f";
        const question = { host: asked, method, path, ...(method === "POST" && { body: "x" }) };
        const { status, headers } = await ask(kit.at, question);
        deepStrictEqual([status, headers.location], [308, `${origin}${path}`]);
      }
      strictEqual(backend.seen.length, 0);
      strictEqual((await ask(kit.at, { path: "/plain" })).status, 200);
      strictEqual((await ask(kit.at, { path: "/none" })).status, 404);
      strictEqual((await ask(at, { path: "/in", trust: site.trust })).status, 200);
      await serve(ingress, routeTo([backend], { match: { pathPrefix: "/in" } }));
      strictEqual((await ask(kit.at, { path: "/in" })).status, 200);
    },
  },
  {
    id: "IG90",
    law: "a certificate that the data plane does not have is refused, without effect",
    when: endsTls,
    controls: ["certificates"],
    async run(ingress, kit) {
      const site = await placeCertificate(kit, "site");
      await ingress.apply(idleRoute("a", { tls: tlsWith(site) }));
      await expectNoTrace(
        () => dump(ingress),
        async () => {
          for (const certificate of [
            "nobody",
            "site.pem",
            "sub/site",
            "a/../site",
            "x/../../site",
          ]) {
            const tls = { certificate, versionMin: "1.2" } as const;
            const refused = ingress.apply(idleRoute("a", { tls }));
            const { fault } = await expectFault("argument.invalid", refused);
            const { path } = fault.detail as { readonly path?: string };
            deepStrictEqual([path, fault.effect], ["/tls/certificate", "none"], certificate);
          }
          for (const address of ["127.0.0.1", "[::1]"]) {
            const match = { host: address };
            const refused = ingress.apply(idleRoute("a", { match, tls: tlsWith(site) }));
            await expectFault("argument.invalid", refused);
          }
        },
      );
      // What was put in place a moment ago counts.
      await ingress.apply(idleRoute("b", { tls: tlsWith(await placeCertificate(kit, "nobody")) }));
    },
  },
  {
    id: "IG91",
    law: "a host with another certificate than that of the connection is answered 421",
    when: endsTls,
    controls: ["certificates"],
    async run(ingress, kit) {
      const { at } = controlOf(kit.certificates);
      await using backend = await openBackend("one");
      const [one, two] = [await placeCertificate(kit, "one"), await placeCertificate(kit, "two")];
      const [second, plain] = [other, "plain.example.test"];
      await serve(ingress, routeTo([backend], { tls: tlsWith(one) }));
      await serve(
        ingress,
        routeTo([backend], { name: "two", match: { host: second }, tls: tlsWith(two) }),
      );
      await serve(ingress, routeTo([backend], { name: "plain", match: { host: plain } }));
      const trust = { ...one.trust, name: host };
      const asked = async (name: string) => {
        const { status, fault } = await ask(at, { host: name, trust });
        return [status, fault];
      };
      deepStrictEqual(await asked(second), [421, "misdirected-request"]);
      deepStrictEqual(await asked(plain), [421, "misdirected-request"]);
      deepStrictEqual(await asked("nobody.example.test"), [404, "no-route"]);
      strictEqual(backend.seen.length, 0);
      deepStrictEqual(await asked(host), [200, undefined]);
      await serve(
        ingress,
        routeTo([backend], { name: "two", match: { host: second }, tls: tlsWith(one) }),
      );
      deepStrictEqual(await asked(second), [200, undefined]);
    },
  },
];

const yes = () => true;
const no = () => false;
