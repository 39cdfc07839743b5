import { deepStrictEqual, match, ok, rejects, strictEqual } from "node:assert/strict";
import { readdirSync } from "node:fs";
import type { RetryCause } from "../route-spec.ts";
import { deadEndpoint, openBackend, openRawBackend } from "./backend.ts";
import { ask, askHead, dial, idHeader, pause, readUntil, until } from "./client.ts";
import { host, type IngressCase, routeTo, serve, serves } from "./ingress-case.ts";

const retries =
  (...causes: readonly RetryCause[]): IngressCase["when"] =>
  (ingress) =>
    serves(ingress) && causes.every((each) => ingress.capabilities.retries.includes(each));

/** Backends and clients that hang, break off and go. */
export const failingCases: readonly IngressCase[] = [
  {
    id: "IG32",
    law: "a backend that takes too long is answered for, and let go",
    when: serves,
    async run(ingress, { at }) {
      let gone = 0;
      await using backend = await openBackend("hangs", (request) => {
        request.socket.once("close", () => gone++);
      });
      await serve(ingress, routeTo([backend], { timeoutMs: 200 }));
      const { status, fault } = await ask(at);
      deepStrictEqual([status, fault], [504, "backend-timeout"]);
      await until("the backend's connection is closed", () => gone === 1);
      strictEqual(backend.seen.length, 1);
    },
  },
  {
    id: "IG33",
    law: "a request is sent again for the listed causes only, and never after the first byte",
    when: retries("connect", "503"),
    async run(ingress, { at }) {
      await using flaky = await openBackend("flaky", (_, response) => {
        response.statusCode = flaky.seen.length % 3 === 0 ? 200 : 503;
        response.end("flaky");
      });
      await serve(ingress, routeTo([flaky], { retries: { max: 2, on: ["503"] } }));
      deepStrictEqual([(await ask(at)).status, flaky.seen.length], [200, 3]);
      await serve(ingress, routeTo([flaky], { retries: { max: 1, on: ["503"] } }));
      const limited = await ask(at);
      deepStrictEqual([limited.status, limited.fault, flaky.seen.length], [503, undefined, 5]);
      await serve(ingress, routeTo([flaky], { retries: { max: 2, on: ["connect"] } }));
      await ask(at);
      await ask(at);
      strictEqual((await ask(at)).status + flaky.seen.length, 503 + 8);
      let sent = 0;
      await using breaks = await openRawBackend("breaks", (socket) => {
        socket.once("data", () => {
          sent++;
          socket.end("HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhalf");
        });
      });
      const all = { max: 3, on: ["connect", "503"] as const };
      await serve(ingress, routeTo([breaks], { retries: all }));
      await rejects(ask(at));
      strictEqual(sent, 1);
    },
  },
  {
    id: "IG34",
    law: "a request that has an effect is sent again only with an idempotency key, whole",
    when: retries("503"),
    async run(ingress, { at }) {
      const bodies: string[] = [];
      await using flaky = await openBackend("flaky", async (request, response) => {
        let text = "";
        for await (const chunk of request) text += String(chunk);
        bodies.push(text);
        response.statusCode = bodies.length % 2 === 1 ? 503 : 200;
        response.end();
      });
      await serve(ingress, routeTo([flaky], { retries: { max: 3, on: ["503"] } }));
      const post = (headers: Readonly<Record<string, string>>) =>
        ask(at, { method: "POST", body: "effect", headers });
      deepStrictEqual([(await post({})).status, bodies.length], [503, 1]);
      bodies.length = 0;
      strictEqual((await post({ "idempotency-key": "k" })).status, 200);
      deepStrictEqual(bodies, ["effect", "effect"]);
    },
  },
  {
    id: "IG72",
    law: "a request that could not connect is sent to another endpoint",
    when: retries("connect"),
    async run(ingress, { at }) {
      await using one = await openBackend("one");
      const dead = { id: "dead", at: await deadEndpoint() };
      await serve(ingress, routeTo([dead, one], { retries: { max: 1, on: ["connect"] } }));
      for (let i = 0; i < 10; i++) strictEqual((await ask(at)).status, 200);
    },
  },
  {
    id: "IG35",
    law: "when a client goes, its request ends at the backend",
    when: serves,
    async run(ingress, { at }) {
      let begun = 0;
      let gone = 0;
      await using backend = await openBackend("one", (request, response) => {
        begun++;
        request.socket.once("close", () => gone++);
        if (request.url === "/streaming") response.write("begun");
      });
      await serve(ingress, routeTo([backend]));
      for (const path of ["/silent", "/streaming"]) {
        const leaving = new AbortController();
        const asked = ask(at, { path, signal: leaving.signal }).catch(() => {});
        const before = begun;
        await until("the backend has the request", () => begun === before + 1);
        leaving.abort();
        await asked;
        await until("the backend's connection is closed", () => gone === begun);
      }
    },
  },
  {
    id: "IG73",
    law: "a backend that breaks off before its answer is 502, in the middle of it a broken answer",
    when: serves,
    async run(ingress, { at }) {
      await using early = await openRawBackend("early", (socket) => {
        socket.once("data", () => socket.destroy());
      });
      await serve(ingress, routeTo([early]));
      const { status, fault } = await ask(at);
      deepStrictEqual([status, fault], [502, "backend-failed"]);
      for (const head of [
        "content-length: 10\r\n\r\nhalf",
        "transfer-encoding: chunked\r\n\r\n4\r\nhalf\r\n",
      ]) {
        await using late = await openRawBackend("late", (socket) => {
          socket.once("data", () => {
            socket.write(`HTTP/1.1 200 OK\r\n${head}`);
            setTimeout(() => socket.resetAndDestroy(), 50);
          });
        });
        await serve(ingress, routeTo([late]));
        const answer = await askHead(at);
        strictEqual(answer.statusCode, 200);
        await rejects(async () => {
          for await (const _ of answer) ok(true);
        });
      }
    },
  },
  {
    id: "IG74",
    law: "a backend whose answer is no HTTP is 502, and the next request is served",
    when: serves,
    async run(ingress, { at }) {
      await using odd = await openRawBackend("odd", (socket) => {
        socket.once("data", () => socket.end("SSH-2.0-x\r\n\r\n"));
      });
      await using one = await openBackend("one");
      await serve(ingress, routeTo([odd], { name: "odd", match: { pathPrefix: "/odd" } }));
      await serve(ingress, routeTo([one]));
      deepStrictEqual((await ask(at, { path: "/odd" })).status, 502);
      strictEqual((await ask(at)).status, 200);
    },
  },
  {
    id: "IG75",
    law: "many clients that go leave no connection behind",
    when: serves,
    async run(ingress, { at }) {
      await using backend = await openBackend("one", (request, response) => {
        if (request.url === "/quick") response.end("one");
      });
      await serve(ingress, routeTo([backend]));
      const leave = async () => {
        const leaving = AbortSignal.timeout(20);
        await ask(at, { signal: leaving }).catch(() => {});
      };
      for (let round = 0; round < 10; round++) await Promise.all(Array.from({ length: 40 }, leave));
      await until("the backend has no connection left", () => backend.open.size === 0);
      await until("no descriptor is left", () => descriptors() < 100);
      strictEqual((await ask(at, { path: "/quick" })).body.toString(), "one");
    },
  },
  {
    id: "IG76",
    law: "a client that stops in the middle of its body is hung up on",
    when: serves,
    async run(ingress, { at }) {
      await using backend = await openBackend("one", (request, response) => {
        request.resume();
        request.on("end", () => response.end("one"));
      });
      await serve(ingress, routeTo([backend], { timeoutMs: 300 }));
      const socket = await dial(at);
      const closed = new Promise((resolve) => socket.once("close", resolve));
      socket.write(`POST / HTTP/1.1\r\nhost: ${host}\r\ncontent-length: 10\r\n\r\nhalf`);
      match(await readUntil(socket, "\r\n\r\n"), /^HTTP\/1\.[01] (408|504) /);
      await closed;
      await until("the backend's connection is closed", () => backend.open.size === 0);
    },
  },
  {
    id: "IG77",
    law: "a thread that was stalled answers what came meanwhile, and calls none of it late",
    when: serves,
    controls: ["stall"],
    async run(ingress, { at, stall }) {
      await using backend = await openBackend("one", (_, response) => {
        setTimeout(() => response.end("one"), 50);
      });
      await serve(ingress, routeTo([backend], { timeoutMs: 400 }));
      const asked = Array.from({ length: 10 }, (_, i) =>
        ask(at, { headers: { [idHeader]: `${i}` } }),
      );
      await until("the backend has them", () => backend.seen.length === 10);
      await stall?.(600);
      const statuses = (await Promise.all(asked)).map(({ status }) => status);
      deepStrictEqual(new Set(statuses), new Set([200]));
      strictEqual(backend.seen.length, 10);
      await pause(0);
    },
  },
];

/** Descriptors of this process; 0 where they cannot be counted. */
function descriptors(): number {
  try {
    return readdirSync("/proc/self/fd").length;
  } catch {
    return 0;
  }
}
