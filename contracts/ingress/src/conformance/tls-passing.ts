import { deepStrictEqual, match, ok, strictEqual } from "node:assert/strict";
import { openBackend } from "./backend.ts";
import { ask, pause, readUntil, sendRaw, until } from "./client.ts";
import { host, type IngressCase, routeTo, serve } from "./ingress-case.ts";
import { endsTls } from "./tls.ts";
import { controlOf, dialTls, placeCertificate, shownTo, tlsWith } from "./tls-site.ts";
import { openEchoBackend, upgradeRequest } from "./web-socket.ts";

/** What passes over TLS, and what broken certificates, odd hosts and restarts do to it. */
export const tlsPassingCases: readonly IngressCase[] = [
  {
    id: "IG92",
    law: "over TLS requests, bodies and faults pass as they do without, and backends are told of it",
    when: endsTls,
    controls: ["certificates"],
    async run(ingress, kit) {
      const { at } = controlOf(kit.certificates);
      await using backend = await openBackend("one", (request, response) => {
        request.pipe(response);
      });
      const site = await placeCertificate(kit, "site");
      await serve(
        ingress,
        routeTo([backend], { match: { pathPrefix: "/in" }, tls: tlsWith(site) }),
      );
      const long = Buffer.alloc(300_000, "abc");
      const headers = { "x-forwarded-proto": "http", "x-forwarded-for": "203.0.113.7" };
      const question = { path: "/in?q", method: "POST", body: long, trust: site.trust, headers };
      const { status, body } = await ask(at, question);
      ok(status === 200 && body.equals(long));
      const seen = backend.seen.at(-1);
      deepStrictEqual([seen?.url, seen?.headers.host], ["/in?q", host]);
      strictEqual(seen?.headers["x-forwarded-proto"], "https");
      match(String(seen?.headers["x-forwarded-for"]), /127\.0\.0\.1$/);
      const none = await ask(at, { path: "/out", trust: site.trust });
      deepStrictEqual([none.status, none.fault], [404, "no-route"]);
      const odd = await dialTls(at, host, site.trust);
      odd.write("BAD\r\n\r\n");
      match(await readUntil(odd, "\r\n"), /^HTTP\/1\.[01] 400 /);
      odd.destroy();
    },
  },
  {
    id: "IG93",
    law: "a WebSocket passes bytes both ways over TLS, and outlives a change of the certificate",
    when: (ingress) =>
      endsTls?.(ingress) === true && ingress.capabilities.protocols.includes("websocket"),
    controls: ["certificates"],
    async run(ingress, kit) {
      const { at } = controlOf(kit.certificates);
      await using backend = await openEchoBackend();
      const site = await placeCertificate(kit, "site");
      await serve(ingress, routeTo([backend], { tls: tlsWith(site) }));
      const socket = await dialTls(at, host, site.trust);
      socket.write(upgradeRequest());
      match(await readUntil(socket, "\r\n\r\n"), /^HTTP\/1\.1 101 /);
      const echo = async (text: string) => {
        socket.write(text);
        await readUntil(socket, text);
      };
      await echo("first");
      const next = await placeCertificate(kit, "site");
      await until("the next certificate is shown", async () => {
        return (await shownTo(at, host)) === next.fingerprint;
      });
      await echo("second");
      const frame = "x".repeat(256 * 1024);
      await echo(`${frame}end`);
      const closed = new Promise((resolve) => socket.once("close", resolve));
      for (const each of backend.open) each.destroy();
      await closed;
    },
  },
  {
    id: "IG94",
    law: "what cannot be a certificate leaves the one before it in use",
    when: endsTls,
    controls: ["certificates"],
    async run(ingress, kit) {
      const { at, put } = controlOf(kit.certificates);
      await using backend = await openBackend("one");
      const site = await placeCertificate(kit, "site");
      const stranger = await placeCertificate(kit, "stranger");
      await serve(ingress, routeTo([backend], { tls: tlsWith(site) }));
      const keyOf = (pem: string) => pem.slice(pem.indexOf("-----BEGIN PRIVATE"));
      const chain = site.pem.slice(0, site.pem.indexOf("-----BEGIN PRIVATE"));
      for (const broken of [
        "",
        "no certificate",
        chain,
        keyOf(site.pem),
        `${chain}${keyOf(stranger.pem)}`,
        site.pem.slice(0, site.pem.length / 2),
      ]) {
        await put("site", broken);
        await pause(300);
        strictEqual(await shownTo(at, host), site.fingerprint);
        strictEqual((await ask(at, { trust: site.trust })).status, 200);
      }
      const next = await placeCertificate(kit, "site");
      await until("the next certificate is shown", async () => {
        return (await shownTo(at, host)) === next.fingerprint;
      });
    },
  },
  {
    id: "IG95",
    law: "a host that is no name is refused, so that no client is sent where the route does not lead",
    when: endsTls,
    controls: ["certificates"],
    async run(ingress, kit) {
      await using backend = await openBackend("one");
      const tls = tlsWith(await placeCertificate(kit, "site"));
      await serve(ingress, routeTo([backend], { match: { host: "*.w.example.test" }, tls }));
      for (const odd of [
        "evil.test/a.w.example.test",
        "evil/.w.example.test",
        "e@a.w.example.test",
      ]) {
        const lines = `host: ${odd}\r\nconnection: close`;
        const text = await sendRaw(kit.at, `GET / HTTP/1.1\r\n${lines}\r\n\r\n`);
        match(text, /^HTTP\/1\.[01] (400|404) /, odd);
        ok(!/^location:/im.test(text), odd);
      }
      strictEqual((await ask(kit.at, { host: "a.w.example.test" })).status, 308);
      strictEqual(backend.seen.length, 0);
    },
  },
  {
    id: "IG96",
    law: "routes with TLS are served again after a restart, with the certificates of then",
    when: (ingress) => endsTls?.(ingress) === true && ingress.capabilities.durable,
    controls: ["certificates", "reopen"],
    async run(ingress, kit) {
      const { at } = controlOf(kit.certificates);
      await using backend = await openBackend("one");
      const site = await placeCertificate(kit, "site");
      const { generation } = await serve(
        ingress,
        routeTo([backend], { tls: tlsWith(site, "1.3") }),
      );
      const again = await kit.reopen?.();
      await again?.served("app", generation);
      strictEqual(await shownTo(at, host), site.fingerprint);
      strictEqual((await ask(at, { trust: site.trust })).status, 200);
      strictEqual((await ask(kit.at)).status, 308);
    },
  },
];
