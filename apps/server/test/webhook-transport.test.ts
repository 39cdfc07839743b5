import { createServer, type Socket } from "node:net";
import { expect, test } from "vitest";
import { webhookTransport } from "../src/events/webhook-transport.ts";

/** Posts to an endpoint that does something with its connection once it was asked. */
async function postTo(answer: (socket: Socket) => void) {
  const sockets: Socket[] = [];
  const server = createServer((socket) => {
    sockets.push(socket.on("error", () => {}));
    socket.once("data", () => answer(socket));
  });
  const { promise, resolve } = Promise.withResolvers<void>();
  server.listen({ host: "127.0.0.1", port: 0 }, resolve);
  await promise;
  const bound = server.address();
  const port = typeof bound === "object" && bound !== null ? bound.port : 0;
  try {
    return await webhookTransport({ reachesInside: true }).post({
      url: `http://127.0.0.1:${port}/hook`,
      headers: {},
      body: "{}",
      signal: AbortSignal.timeout(10_000),
    });
  } finally {
    for (const socket of sockets) socket.destroy();
    server.close();
  }
}

test("an endpoint that wants another protocol has answered with 101", async () => {
  const head = "HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: x\r\n\r\n";
  expect(await postTo((socket) => socket.write(head))).toEqual({ status: 101 });
});

test("a connection that ends without an answer is a failure", async () => {
  await expect(postTo((socket) => socket.end())).rejects.toThrow();
});

test("the head is the answer, whatever becomes of the body", async () => {
  const head = "HTTP/1.1 200 OK\r\ncontent-length: 100\r\nretry-after: 3\r\n\r\n";
  const ok = { status: 200, retryAfterMs: 3_000 };
  // One never ends, one breaks off.
  expect(await postTo((socket) => socket.write(`${head}part`))).toEqual(ok);
  expect(await postTo((socket) => socket.end(`${head}part`))).toEqual(ok);
});

test("an abort ends what was not answered", async () => {
  const { post } = webhookTransport({ reachesInside: true });
  const signal = AbortSignal.abort(new Error("enough"));
  const sent = post({ url: "http://127.0.0.1:9/hook", headers: {}, body: "{}", signal });
  await expect(sent).rejects.toThrow("enough");
});
