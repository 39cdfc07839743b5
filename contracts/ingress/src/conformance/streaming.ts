import { deepStrictEqual, match, ok, strictEqual } from "node:assert/strict";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { request, type ServerResponse } from "node:http";
import { seededRandom } from "@bedplate/clock";
import { openBackend } from "./backend.ts";
import { ask, askHead, dial, pause, readUntil, until } from "./client.ts";
import { host, type IngressCase, routeTo, serve, serves } from "./ingress-case.ts";
import { openEchoBackend, upgradeRequest } from "./web-socket.ts";

const webSockets: IngressCase["when"] = (ingress) =>
  serves(ingress) && ingress.capabilities.protocols.includes("websocket");

/** Bodies and connections that last. */
export const streamingCases: readonly IngressCase[] = [
  {
    id: "IG36",
    law: "an answer arrives piece by piece, its head before its first piece",
    when: serves,
    async run(ingress, { at }) {
      const { promise: go, resolve: next } = Promise.withResolvers<void>();
      await using backend = await openBackend("one", async (_, response) => {
        response.writeHead(200, { "content-type": "text/event-stream" });
        response.flushHeaders();
        await go;
        for (let i = 0; i < 3; i++) {
          response.write(`data: ${i}\n\n`);
          await once(response, "next-piece");
        }
        response.end();
      });
      let current: ServerResponse | undefined;
      backend.server.on("request", (_, response) => {
        current = response;
      });
      await serve(ingress, routeTo([backend]));
      const answer = await askHead(at);
      next();
      const pieces: string[] = [];
      for await (const chunk of answer) {
        pieces.push(String(chunk));
        // The next piece is not there before this one arrived.
        current?.emit("next-piece");
      }
      deepStrictEqual(pieces, ["data: 0\n\n", "data: 1\n\n", "data: 2\n\n"]);
    },
  },
  {
    id: "IG37",
    law: "a request's body arrives piece by piece, while the client still sends",
    when: serves,
    async run(ingress, { at }) {
      const pieces: string[] = [];
      await using backend = await openBackend("one", (asked, response) => {
        asked.on("data", (chunk) => pieces.push(String(chunk)));
        asked.on("end", () => response.end("one"));
      });
      await serve(ingress, routeTo([backend]));
      const asking = request({ host: at.host, port: at.port, method: "POST", headers: { host } });
      const answered = once(asking, "response");
      answered.catch(() => {});
      for (const piece of ["a", "b", "c"]) {
        asking.write(piece);
        await until("the piece is at the backend", () => pieces.at(-1) === piece);
      }
      asking.end();
      const [answer] = await answered;
      answer.resume();
      deepStrictEqual([answer.statusCode, pieces], [200, ["a", "b", "c"]]);
    },
  },
  {
    id: "IG78",
    law: "a long body passes whole in both directions, and is held nowhere",
    when: serves,
    async run(ingress, { at, seed }) {
      const piece = Buffer.from(seededRandom(`${seed}/IG78`).bytes(64 * 1024));
      const pieces = 640;
      let isTaking = false;
      await using backend = await openBackend("one", async (asked, response) => {
        await until("the backend takes the body", () => isTaking);
        const hash = createHash("sha256");
        for await (const chunk of asked) hash.update(chunk as Buffer);
        response.write(hash.digest("hex"));
        for (let i = 0; i < pieces; i++) {
          if (!response.write(piece)) await once(response, "drain");
        }
        response.end();
      });
      await serve(ingress, routeTo([backend]));
      const asking = request({ host: at.host, port: at.port, method: "POST", headers: { host } });
      const answered = once(asking, "response");
      answered.catch(() => {});
      const sent = createHash("sha256");
      for (let i = 0; i < pieces; i++) {
        sent.update(piece);
        if (asking.write(piece)) continue;
        const drained = once(asking, "drain");
        // A backend that takes nothing holds the client up in the end: then it may go on.
        if (!isTaking) isTaking = (await Promise.race([drained, pause(500)])) === undefined;
        await drained;
      }
      ok(isTaking, "the data plane swallows what nobody takes");
      asking.end();
      const [answer] = await answered;
      const got = createHash("sha256");
      let text = "";
      let bytes = 0;
      for await (const chunk of answer) {
        const buffer = chunk as Buffer;
        if (text.length < 64) text += buffer.toString("latin1", 0, 64 - text.length);
        bytes += buffer.length;
        got.update(buffer);
      }
      strictEqual(text, sent.digest("hex"));
      strictEqual(bytes, 64 + pieces * piece.length);
    },
  },
  {
    id: "IG40",
    law: "an event stream that is silent for longer than the timeout stays open",
    when: (ingress) => serves(ingress) && ingress.capabilities.timeoutCovers === "head",
    async run(ingress, { at }) {
      await using backend = await openBackend("one", (_, response) => {
        response.writeHead(200, { "content-type": "text/event-stream" });
        response.write("data: first\n\n");
        setTimeout(() => response.end("data: last\n\n"), 900);
      });
      await serve(ingress, routeTo([backend], { timeoutMs: 200 }));
      const { status, body } = await ask(at);
      deepStrictEqual([status, body.toString()], [200, "data: first\n\ndata: last\n\n"]);
    },
  },
  {
    id: "IG79",
    law: "an open answer outlives changes of its route, and the route's end",
    when: serves,
    async run(ingress, { at }) {
      const { promise: go, resolve: next } = Promise.withResolvers<void>();
      await using old = await openBackend("old", async (_, response) => {
        response.write("begun ");
        await go;
        response.end("ended");
      });
      await using fresh = await openBackend("fresh");
      await serve(ingress, routeTo([old]));
      const answer = await askHead(at);
      await serve(ingress, routeTo([fresh]));
      strictEqual((await ask(at)).body.toString(), "fresh");
      await ingress.remove("app");
      next();
      let text = "";
      for await (const chunk of answer) text += String(chunk);
      strictEqual(text, "begun ended");
    },
  },
  {
    id: "IG38",
    law: "a WebSocket passes bytes both ways, outlives changes of its route, and is cut by a drain",
    when: webSockets,
    async run(ingress, { at }) {
      await using backend = await openEchoBackend();
      await using other = await openBackend("other");
      const route = routeTo([backend]);
      await serve(ingress, route);
      const socket = await upgrade(at);
      let isClosed = false;
      socket.on("close", () => {
        isClosed = true;
      });
      const echo = async (text: string) => {
        socket.write(text);
        await readUntil(socket, text);
      };
      await echo("first");
      for (let weight = 1; weight < 5; weight++) {
        const backends = [{ id: "echo", weight, endpoints: [backend.at] }];
        await serve(ingress, { ...route, backends: [...backends, ...routeTo([other]).backends] });
        await echo(`after change ${weight}`);
      }
      const counted = await ingress.drain({ route: "app", backend: "echo", deadlineMs: 100 });
      deepStrictEqual(counted, { closed: 0, cut: 1 });
      await until("the WebSocket is closed", () => isClosed);
    },
  },
  {
    id: "IG80",
    law: "a WebSocket passes frames of 1 MiB, and either side ends it for both",
    when: webSockets,
    async run(ingress, { at, seed }) {
      await using backend = await openEchoBackend();
      await serve(ingress, routeTo([backend]));
      const frame = Buffer.from(seededRandom(`${seed}/IG80`).bytes(1024 * 1024));
      const socket = await upgrade(at);
      const got: Buffer[] = [];
      let bytes = 0;
      socket.on("data", (chunk: Buffer) => {
        got.push(chunk);
        bytes += chunk.length;
      });
      for (let i = 1; i <= 4; i++) {
        socket.write(frame);
        await until("the frame is back", () => bytes === i * frame.length);
      }
      ok(Buffer.concat(got).subarray(-frame.length).equals(frame));
      socket.destroy();
      await until("the backend's side is closed", () => backend.open.size === 0);
      const second = await upgrade(at);
      second.on("error", () => {});
      const closed = new Promise((resolve) => second.once("close", resolve));
      for (const each of backend.open) each.destroy();
      await closed;
    },
  },
  {
    id: "IG81",
    law: "a WebSocket that its backend refuses is answered with the refusal",
    when: webSockets,
    async run(ingress, { at }) {
      await using backend = await openBackend("one", (_, response) => {
        response.statusCode = 403;
        response.end("no");
      });
      await serve(ingress, routeTo([backend]));
      const socket = await dial(at);
      socket.write(upgradeRequest());
      match(await readUntil(socket, "no"), /^HTTP\/1\.1 403 /);
      socket.destroy();
      await ingress.remove("app");
      const none = await dial(at);
      none.write(upgradeRequest());
      match(await readUntil(none, "no-route"), /^HTTP\/1\.1 404 /);
      none.destroy();
    },
  },
];

async function upgrade(at: { readonly host: string; readonly port: number }) {
  const socket = await dial(at);
  socket.write(upgradeRequest());
  match(await readUntil(socket, "\r\n\r\n"), /^HTTP\/1\.1 101 [\s\S]*upgrade: websocket/i);
  return socket;
}
