import { deepStrictEqual, match, ok, strictEqual } from "node:assert/strict";
import { openBackend, openRawBackend } from "./backend.ts";
import { ask, dial, readUntil, sendRaw, until } from "./client.ts";
import { host, type IngressCase, routeTo, serve, serves } from "./ingress-case.ts";

/** What of a request and of an answer is passed on, and what is refused. */
export const hygieneCases: readonly IngressCase[] = [
  {
    id: "IG27",
    law: "requests that two readers may read differently are refused",
    when: serves,
    async run(ingress, { at }) {
      await using backend = await openBackend("one");
      await serve(ingress, routeTo([backend]));
      const before = backend.seen.length;
      for (const lines of smuggling) {
        const text = await sendRaw(at, `POST / HTTP/1.1\r\n${lines.join("\r\n")}\r\n\r\n0\r\n\r\n`);
        match(text, /^HTTP\/1\.[01] 400 /, lines.join(" | "));
        strictEqual(text.split("HTTP/1.").length, 2, "one answer");
      }
      strictEqual(backend.seen.length, before);
    },
  },
  {
    id: "IG85",
    law: "a request with a length and chunks is refused, or passed on with chunks alone",
    when: serves,
    async run(ingress, { at }) {
      await using backend = await openBackend("one");
      await serve(ingress, routeTo([backend]));
      const second = `GET /second HTTP/1.1\r\nhost: ${host}\r\n\r\n`;
      for (const lines of [
        "content-length: 5\r\ntransfer-encoding: chunked",
        "transfer-encoding: chunked\r\ncontent-length: 5",
      ]) {
        const text = await sendRaw(
          at,
          `POST /first HTTP/1.1\r\nhost: ${host}\r\n${lines}\r\n\r\n0\r\n\r\n${second}`,
        );
        strictEqual(text.split("HTTP/1.").length, 2, "the connection ends after one answer");
        if (ingress.capabilities.lengthConflict === "refused") {
          match(text, /^HTTP\/1\.[01] 400 /);
        } else {
          strictEqual(backend.seen.at(-1)?.url, "/first");
          strictEqual(backend.seen.at(-1)?.headers["content-length"], undefined);
        }
      }
      const expected = ingress.capabilities.lengthConflict === "refused" ? 0 : 2;
      strictEqual(backend.seen.length, expected);
    },
  },
  {
    id: "IG86",
    law: "a header line that is folded is refused, or passed on as one line",
    when: serves,
    async run(ingress, { at }) {
      await using backend = await openBackend("one");
      await serve(ingress, routeTo([backend]));
      const lines = `host: ${host}\r\nx-a: 1\r\n transfer-encoding: chunked\r\nconnection: close`;
      const text = await sendRaw(at, `GET / HTTP/1.1\r\n${lines}\r\n\r\n`);
      match(text, /^HTTP\/1\.[01] (200|400) /);
      if (text.includes(" 400 ")) return;
      const { headers } = backend.seen.at(-1) ?? {};
      match(String(headers?.["x-a"]), /^1\s+transfer-encoding: chunked$/);
      strictEqual(headers?.["transfer-encoding"], undefined);
    },
  },
  {
    id: "IG28",
    law: "headers that end at a hop are not passed on, in either direction",
    when: serves,
    async run(ingress, { at }) {
      await using backend = await openBackend("one", (_, response) => {
        response.setHeader("x-kept", "1");
        response.setHeader("keep-alive", "timeout=77");
        response.setHeader("proxy-connection", "x");
        response.end("one");
      });
      await serve(ingress, routeTo([backend]));
      const { headers, body } = await ask(at, {
        headers: {
          connection: "close, x-hop",
          "x-hop": "1",
          "x-kept": "1",
          "keep-alive": "timeout=5",
          "proxy-connection": "x",
          "proxy-authorization": "Basic eA==",
          te: "gzip",
        },
      });
      strictEqual(body.toString(), "one");
      strictEqual(headers["x-kept"], "1");
      for (const name of ["proxy-connection"]) strictEqual(headers[name], undefined, name);
      ok(headers["keep-alive"] !== "timeout=77");
      const seen = backend.seen.at(-1)?.headers ?? {};
      strictEqual(seen["x-kept"], "1");
      for (const name of ["x-hop", "proxy-connection", "proxy-authorization", "te", "upgrade"]) {
        strictEqual(seen[name], undefined, name);
      }
    },
  },
  {
    id: "IG29",
    law: "who the client is says the data plane, whatever the client says",
    when: serves,
    async run(ingress, { at }) {
      await using backend = await openBackend("one");
      await serve(ingress, routeTo([backend]));
      const spoofed = "203.0.113.7";
      await ask(at, {
        headers: {
          "x-forwarded-for": spoofed,
          "X-Forwarded-Proto": "gopher",
          "x-forwarded-host": "evil.test",
          forwarded: `for=${spoofed}`,
          "x-real-ip": spoofed,
          "x-shadow": "1",
        },
      });
      const seen = backend.seen.at(-1)?.headers ?? {};
      strictEqual(seen["x-forwarded-for"], "127.0.0.1");
      strictEqual(seen["x-forwarded-proto"], "http");
      strictEqual(seen["x-forwarded-host"], host);
      ok(!JSON.stringify(seen).includes(spoofed));
      deepStrictEqual([seen["x-real-ip"], seen["x-shadow"]], [undefined, undefined]);
    },
  },
  {
    id: "IG30",
    law: "the limit of a body is exact, and what is longer is refused before it was read",
    when: serves,
    async run(ingress, { at }) {
      await using backend = await openBackend("one");
      await serve(ingress, routeTo([backend], { limits: { bodyBytesMax: 1_000 } }));
      const post = (body: Buffer) => ask(at, { method: "POST", body, headers: lengthOf(body) });
      strictEqual((await post(Buffer.alloc(1_000))).status, 200);
      const seen = backend.seen.length;
      const { status, fault } = await post(Buffer.alloc(1_001));
      deepStrictEqual([status, fault], [413, "body-too-long"]);
      // The head alone is enough: not one byte of the body was sent.
      const socket = await dial(at);
      socket.write(`POST / HTTP/1.1\r\nhost: ${host}\r\ncontent-length: 99999999\r\n\r\n`);
      match(await readUntil(socket, "\r\n\r\n"), /^HTTP\/1\.1 413 /);
      socket.destroy();
      strictEqual(backend.seen.length, seen);
    },
  },
  {
    id: "IG65",
    law: "a body of unknown length is held to the limit, or refused",
    when: serves,
    async run(ingress, { at }) {
      await using backend = await openBackend("one", (request, response) => {
        request.resume();
        request.on("end", () => response.end("one"));
      });
      await serve(ingress, routeTo([backend], { limits: { bodyBytesMax: 1_000 } }));
      const chunked = { "transfer-encoding": "chunked" };
      const post = (bytes: number) =>
        ask(at, { method: "POST", body: Buffer.alloc(bytes), headers: chunked });
      if (ingress.capabilities.bodyLimit === "declared-length") {
        const { status, fault } = await post(10);
        deepStrictEqual([status, fault], [411, "length-required"]);
        strictEqual(backend.seen.length, 0);
        return;
      }
      strictEqual((await post(1_000)).status, 200);
      const { status, fault } = await post(1_001);
      deepStrictEqual([status, fault], [413, "body-too-long"]);
    },
  },
  {
    id: "IG31",
    law: "the limit of header lines is exact",
    when: serves,
    async run(ingress, { at }) {
      await using backend = await openBackend("one");
      await serve(ingress, routeTo([backend], { limits: { headerBytesMax: 500 } }));
      const send = async (bytes: number) => {
        const line = `host: ${host}\r\n`;
        const filler = `x-fill: ${"a".repeat(bytes - line.length - "x-fill: \r\n".length)}\r\n`;
        const socket = await dial(at);
        socket.write(`GET / HTTP/1.1\r\n${line}${filler}\r\n`);
        const text = await readUntil(socket, "\r\n\r\n");
        socket.destroy();
        return text;
      };
      match(await send(500), /^HTTP\/1\.1 200 /);
      const refused = await send(501);
      match(refused, /^HTTP\/1\.1 431 /);
      match(refused, /x-fault: headers-too-long/);
    },
  },
  {
    id: "IG66",
    law: "header lines beyond the data plane's own limit, or without end, are refused",
    when: serves,
    async run(ingress, { at }) {
      await using backend = await openBackend("one");
      await serve(ingress, routeTo([backend]));
      const { headerBytesMax } = ingress.limits;
      const start = `GET / HTTP/1.1\r\nhost: ${host}\r\nconnection: close\r\n`;
      const long = await sendRaw(at, `${start}x-fill: ${"a".repeat(headerBytesMax)}\r\n\r\n`);
      match(long, /^HTTP\/1\.[01] (431|400) /);
      const many = Array.from({ length: 10_000 }, (_, i) => `x-${i}: 1\r\n`).join("");
      match(await sendRaw(at, `${start}${many}\r\n`), /^HTTP\/1\.[01] (431|400) /);
      strictEqual(backend.seen.length, 0);
      strictEqual((await ask(at)).status, 200);
    },
  },
  {
    id: "IG67",
    law: "every method passes with its body, and answers without a body have none",
    when: serves,
    async run(ingress, { at }) {
      await using backend = await openBackend("one", async (request, response) => {
        let bytes = 0;
        for await (const chunk of request) bytes += (chunk as Buffer).length;
        const status = Number(request.headers["x-want"] ?? 200);
        response.writeHead(status, { "x-bytes": bytes, "x-method": request.method ?? "" });
        response.end(status === 200 ? "one" : undefined);
      });
      await serve(ingress, routeTo([backend]));
      for (const method of ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]) {
        const sends = !["GET", "HEAD", "OPTIONS"].includes(method);
        const body = sends ? Buffer.alloc(10) : undefined;
        const length = body === undefined ? {} : lengthOf(body);
        const { status, headers, ...answer } = await ask(at, { method, body, headers: length });
        deepStrictEqual([status, headers["x-method"]], [200, method]);
        strictEqual(headers["x-bytes"], sends ? "10" : "0");
        strictEqual(answer.body.toString(), method === "HEAD" ? "" : "one");
      }
      for (const want of [204, 304]) {
        const { status, body } = await ask(at, { headers: { "x-want": String(want) } });
        deepStrictEqual([status, body.length], [want, 0]);
      }
    },
  },
  {
    id: "IG68",
    law: "a client that waits for leave to send its body gets it, or the refusal",
    when: serves,
    async run(ingress, { at }) {
      await using backend = await openBackend("one", async (request, response) => {
        let text = "";
        for await (const chunk of request) text += String(chunk);
        response.end(`got ${text}`);
      });
      await serve(ingress, routeTo([backend], { limits: { bodyBytesMax: 100 } }));
      const head = (bytes: number) =>
        `POST / HTTP/1.1\r\nhost: ${host}\r\nexpect: 100-continue\r\ncontent-length: ${bytes}\r\n\r\n`;
      const socket = await dial(at);
      socket.write(head(5));
      match(await readUntil(socket, "\r\n\r\n"), /^HTTP\/1\.1 100 /);
      socket.write("hello");
      match(await readUntil(socket, "got hello"), /200 OK/);
      socket.destroy();
      const refused = await dial(at);
      refused.write(head(101));
      match(await readUntil(refused, "\r\n\r\n"), /^HTTP\/1\.1 413 /);
      refused.destroy();
    },
  },
  {
    id: "IG69",
    law: "old clients, kept connections and pipelined requests are answered, in order",
    when: serves,
    async run(ingress, { at }) {
      await using backend = await openBackend("one", (request, response) => {
        setTimeout(() => response.end(`<${request.url}>`), request.url === "/slow" ? 100 : 0);
      });
      await serve(ingress, routeTo([backend]));
      const old = await sendRaw(at, `GET /old HTTP/1.0\r\nhost: ${host}\r\n\r\n`);
      match(old, /^HTTP\/1\.[01] 200 [\s\S]*<\/old>$/);
      ok(!/transfer-encoding: chunked/i.test(old));
      const paths = ["/slow", "/2", "/3"];
      const asked = paths.map((path) => `GET ${path} HTTP/1.1\r\nhost: ${host}\r\n`);
      const text = await sendRaw(at, `${asked.join("\r\n")}connection: close\r\n\r\n`);
      deepStrictEqual(text.match(/<.*?>/g), ["</slow>", "</2>", "</3>"]);
    },
  },
  {
    id: "IG70",
    law: "clients that never end their headers are hung up on, and others are served meanwhile",
    when: serves,
    async run(ingress, { at }) {
      await using backend = await openBackend("one");
      await serve(ingress, routeTo([backend]));
      const slow = await Promise.all(Array.from({ length: 50 }, () => dial(at)));
      let open = slow.length;
      for (const socket of slow) {
        socket.on("error", () => {});
        socket.on("close", () => open--);
        socket.resume();
        socket.write(`GET / HTTP/1.1\r\nhost: ${host}\r\nx-a`);
      }
      const dripping = setInterval(() => {
        for (const socket of slow) if (socket.writable) socket.write("a");
      }, 100);
      try {
        strictEqual((await ask(at)).status, 200);
        await until("slow clients are hung up on", () => open === 0);
      } finally {
        clearInterval(dripping);
        for (const socket of slow) socket.destroy();
      }
    },
  },
  {
    id: "IG71",
    law: "nothing but an upgrade that was granted gives a client the backend's connection",
    when: serves,
    async run(ingress, { at }) {
      let requests = 0;
      await using backend = await openRawBackend("one", (socket) => {
        socket.on("data", (chunk) => {
          requests += chunk.toString("latin1").split(" HTTP/1.1").length - 1;
          socket.write("HTTP/1.1 200 OK\r\ncontent-length: 3\r\n\r\none");
        });
      });
      await serve(ingress, routeTo([backend], { match: { pathPrefix: "/in" } }));
      for (const protocol of ["websocket", "h2c"]) {
        const text = await sendRaw(
          at,
          `GET /in HTTP/1.1\r\nhost: ${host}\r\nconnection: Upgrade\r\nupgrade: ${protocol}\r\nsec-websocket-key: eHh4eHh4eHh4eHh4eHh4eA==\r\nsec-websocket-version: 13\r\n\r\nGET /out HTTP/1.1\r\nhost: ${host}\r\nconnection: close\r\n\r\n`,
        );
        match(text, /^HTTP\/1\.1 200 OK/);
        strictEqual(text.split("\r\n\r\none").length, 2, protocol);
      }
      strictEqual(requests, 2);
    },
  },
];

function lengthOf(body: Buffer): Readonly<Record<string, string>> {
  return { "content-length": String(body.length) };
}

const start = `host: ${host}`;

const smuggling: readonly (readonly string[])[] = [
  [start, "content-length: 5", "content-length: 6", "connection: close"],
  [start, "content-length: 5, 6", "connection: close"],
  [start, "content-length: +5", "connection: close"],
  [start, "content-length: -1", "connection: close"],
  [start, "content-length: 0x5", "connection: close"],
  [start, "transfer-encoding: xchunked", "connection: close"],
  [start, "transfer-encoding: chunked, identity", "connection: close"],
  [start, "transfer-encoding : chunked", "connection: close"],
  [start, "x-a: \x001", "connection: close"],
  [start, "x a: 1", "connection: close"],
  [start, "host: other.example.test", "connection: close"],
];
