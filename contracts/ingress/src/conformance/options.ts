import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { digestBytes } from "@bedplate/codec";
import { deadEndpoint, openBackend, openRawBackend } from "./backend.ts";
import { ask, askHead, hammer, until } from "./client.ts";
import { type IngressCase, routeTo, serve, serves } from "./ingress-case.ts";

/** What only some data planes do, and what all count. */
export const optionCases: readonly IngressCase[] = [
  {
    id: "IG41",
    law: "a client that is kept on a backend stays there while it answers, and then moves once",
    when: (ingress) => serves(ingress) && ingress.capabilities.sticky.includes("cookie"),
    async run(ingress, { at }) {
      await using one = await openBackend("one");
      await using two = await openBackend("two");
      await using three = await openBackend("three");
      const all = [one, two, three];
      await serve(ingress, routeTo(all, { sticky: { by: "cookie", name: "pin" } }));
      const first = await ask(at);
      const cookie = first.headers["set-cookie"]?.[0]?.split(";")[0] ?? "";
      ok(cookie.startsWith("pin="));
      const home = first.body.toString();
      for (let i = 0; i < 100; i++) {
        const { body, headers } = await ask(at, { headers: { cookie: `a=b; ${cookie}` } });
        deepStrictEqual([body.toString(), headers["set-cookie"]], [home, undefined]);
      }
      strictEqual(all.find(({ id }) => id === home)?.seen.at(-1)?.headers.cookie, `a=b; ${cookie}`);
      await all.find(({ id }) => id === home)?.stop();
      await until("the client is moved", async () => {
        return (await ask(at, { headers: { cookie } })).status === 200;
      });
      const moved = await ask(at, { headers: { cookie } });
      const next = moved.headers["set-cookie"]?.[0]?.split(";")[0] ?? "";
      ok(next.startsWith("pin=") && next !== cookie);
      const { body } = await ask(at, { headers: { cookie: next } });
      for (let i = 0; i < 10; i++) {
        strictEqual(
          (await ask(at, { headers: { cookie: next } })).body.toString(),
          body.toString(),
        );
      }
    },
  },
  {
    id: "IG82",
    law: "requests with one value of the header go to one backend, and values are spread",
    when: (ingress) => serves(ingress) && ingress.capabilities.sticky.includes("header"),
    async run(ingress, { at }) {
      await using one = await openBackend("one");
      await using two = await openBackend("two");
      await serve(ingress, routeTo([one, two], { sticky: { by: "header", name: "x-user" } }));
      await until("both are known to be up", async () => {
        await ask(at);
        return one.seen.length > 0 && two.seen.length > 0;
      });
      const used = new Set<string>();
      for (let user = 0; user < 20; user++) {
        const seen = new Set<string>();
        for (let i = 0; i < 5; i++) {
          seen.add((await ask(at, { headers: { "x-user": `u${user}` } })).body.toString());
        }
        strictEqual(seen.size, 1);
        for (const each of seen) used.add(each);
      }
      strictEqual(used.size, 2);
    },
  },
  {
    id: "IG42",
    law: "the mirror gets its share, and nothing that it does reaches a client",
    when: (ingress) => serves(ingress) && ingress.capabilities.mirror,
    async run(ingress, { at }) {
      await using one = await openBackend("one");
      await using copy = await openBackend("copy", (_, response) => {
        response.statusCode = 500;
        response.end("nobody sees this");
      });
      const mirrorTo = (endpoint: typeof one.at, percent: number) =>
        routeTo([one], { mirror: { percent, backend: { id: "m", endpoints: [endpoint] } } });
      const askMany = async (count: number) => {
        for (let i = 0; i < count; i++) {
          const { status, body } = await ask(at);
          deepStrictEqual([status, body.toString()], [200, "one"]);
        }
      };
      await serve(ingress, mirrorTo(copy.at, 25));
      await askMany(100);
      await until("the copies are there", () => copy.seen.length === 25);
      await using hanging = await openRawBackend("hangs", () => {});
      await serve(ingress, mirrorTo(hanging.at, 100));
      // More than may be under way at once: copies that hang hold nobody up.
      await askMany(150);
      await serve(ingress, mirrorTo(await deadEndpoint(), 100));
      await askMany(20);
      strictEqual(copy.seen.length, 25);
    },
  },
  {
    id: "IG43",
    law: "a copy is marked and has the same body; a long body is not copied",
    when: (ingress) => serves(ingress) && ingress.capabilities.mirror,
    async run(ingress, { at }) {
      await using one = await openBackend("one");
      const bodies: string[] = [];
      await using copy = await openBackend("copy", async (request, response) => {
        let text = "";
        for await (const chunk of request) text += String(chunk);
        bodies.push(text);
        response.end();
      });
      const backend = { id: "m", endpoints: [copy.at] };
      await serve(ingress, routeTo([one], { mirror: { percent: 100, backend } }));
      const { mirrorBodyBytesMax } = ingress.limits;
      const long = Buffer.alloc(mirrorBodyBytesMax + 1, "a");
      strictEqual((await ask(at, { method: "POST", body: long })).status, 200);
      const exact = long.subarray(1).toString();
      for (const body of ["small", exact]) {
        strictEqual((await ask(at, { method: "POST", path: "/x?y", body })).status, 200);
      }
      await until("the copies are there", () => bodies.length === 2);
      deepStrictEqual(new Set(bodies), new Set(["small", exact]));
      deepStrictEqual([copy.seen[0]?.headers["x-shadow"], copy.seen[0]?.url], ["1", "/x?y"]);
      strictEqual(one.seen.at(-1)?.headers["x-shadow"], undefined);
    },
  },
  {
    id: "IG44",
    law: "a drained backend gets nothing new, its streams end, and both kinds of end are counted",
    when: serves,
    async run(ingress, { at }) {
      const ends: (() => void)[] = [];
      await using old = await openBackend("old", (request, response) => {
        if (request.url !== "/long") return void response.end("old");
        response.write("begun ");
        ends.push(() => response.end("ended"));
      });
      await using fresh = await openBackend("fresh");
      await serve(ingress, routeTo([old, fresh]));
      const streams: ReturnType<typeof ask>[] = [];
      await until("the old backend has three streams", async () => {
        const stream = ask(at, { path: "/long" });
        stream.catch(() => {});
        const before = ends.length;
        // Half of them reach the other backend, which ends them at once.
        await Promise.race([stream.catch(() => {}), until("begun", () => ends.length > before)]);
        if (ends.length > before) streams.push(stream);
        return ends.length >= 3;
      });
      const open = ends.length;
      const draining = ingress.drain({ route: "app", backend: "old", deadlineMs: 700 });
      await until("it drains", async () => {
        return (await ingress.status("app"))?.backends["old"] === "draining";
      });
      const before = old.seen.length;
      await using load = hammer(at);
      for (const end of ends.slice(0, 2)) end();
      deepStrictEqual(await draining, { closed: 2, cut: open - 2 });
      const results = [...(await load.stop()).values()];
      deepStrictEqual(new Set(results), new Set([200]));
      strictEqual(old.seen.length, before);
      const settled = await Promise.allSettled(streams);
      const cut = settled.filter(({ status }) => status === "rejected");
      strictEqual(cut.length, open - 2);
      // A change of the route takes the backend back.
      await serve(ingress, routeTo([old], { timeoutMs: 5_000 }));
      strictEqual((await ask(at)).body.toString(), "old");
    },
  },
  {
    id: "IG46",
    law: "in each second exactly as many requests pass as the route lets",
    when: (ingress) => serves(ingress) && ingress.capabilities.rateLimit,
    async run(ingress, { at, clock }) {
      await using one = await openBackend("one");
      await serve(ingress, routeTo([one], { limits: { requestsPerSecond: 5 } }));
      for (let second = 0; second < 3; second++) {
        await clock.advance(1_000 - (clock.now() % 1_000));
        const answers = await Promise.all(Array.from({ length: 20 }, () => ask(at)));
        const refused = answers.filter(({ status }) => status === 429);
        strictEqual(answers.filter(({ status }) => status === 200).length, 5);
        strictEqual(refused.length, 15);
        strictEqual(refused[0]?.fault, "too-many-requests");
        ok(refused[0]?.headers["retry-after"] !== undefined);
      }
    },
  },
  {
    id: "IG47",
    law: "samples count each request once, at its backend, and no copy",
    when: serves,
    async run(ingress, { at }) {
      await using one = await openBackend("one");
      await using two = await openBackend("two", (request, response) => {
        response.statusCode = request.url === "/bad" ? 500 : 200;
        response.end("two");
      });
      const { mirror } = ingress.capabilities;
      const copies = { percent: 100, backend: { id: "m", endpoints: [one.at] } };
      await serve(ingress, routeTo([one, two], mirror ? { mirror: copies } : {}));
      for (let i = 0; i < 40; i++) await ask(at, { path: i % 3 === 0 ? "/bad" : "/" });
      const own = (each: typeof one) =>
        each.seen.filter(({ headers }) => headers["x-shadow"] === undefined).length;
      const samples = await ingress.samples("app");
      const seen = Object.fromEntries(samples.map(({ backend, requests }) => [backend, requests]));
      deepStrictEqual(seen, { one: own(one), two: own(two) });
      strictEqual(own(one) + own(two), 40);
      const bad = two.seen.filter(({ url }) => url === "/bad").length;
      ok(bad > 0);
      strictEqual(samples.find(({ backend }) => backend === "two")?.faults, bad);
      strictEqual(samples.find(({ backend }) => backend === "one")?.faults, 0);
    },
  },
  {
    id: "IG83",
    law: "a private route opens to its tokens alone, and no backend sees them",
    when: (ingress) => serves(ingress) && ingress.capabilities.access,
    async run(ingress, { at }) {
      await using one = await openBackend("one");
      const [token, second] = ["secret-token-1", "secret-token-2"];
      const tokenDigests = [token, second].map((each) => digestBytes(Buffer.from(each)));
      await serve(ingress, routeTo([one], { access: { tokenDigests } }));
      const header = "x-bedplate-token";
      for (const headers of [
        {},
        { [header]: "wrong" },
        { [header]: "" },
        { [header]: tokenDigests[0] ?? "" },
        { cookie: `${header}=wrong` },
        { cookie: `other=${token}` },
      ]) {
        const { status, fault } = await ask(at, { headers });
        deepStrictEqual([status, fault], [401, "no-access"]);
      }
      strictEqual(one.seen.length, 0);
      for (const headers of [
        { [header]: token },
        { [header]: second },
        { cookie: `a=b; ${header}=${token}; c=d` },
        { cookie: `${header}=${token}` },
      ]) {
        strictEqual((await ask(at, { headers })).status, 200);
        ok(!JSON.stringify(one.seen.at(-1)?.rawHeaders).includes("secret-token"));
      }
      strictEqual(one.seen.at(-2)?.headers.cookie, "a=b; c=d");
      await serve(ingress, routeTo([one], { access: { tokenDigests: tokenDigests.slice(1) } }));
      const revoked = await askHead(at, { headers: { [header]: token } });
      revoked.resume();
      strictEqual(revoked.statusCode, 401);
    },
  },
];
