import { once } from "node:events";
import { type AddressInfo, connect, createServer as createTcpServer, type Socket } from "node:net";
import { expect, test } from "vitest";
import { listen } from "../src/index.ts";
import { connectTo } from "../src/machines/connect-to.ts";
import { openPortRelay } from "../src/machines/port-relay.ts";
import { openRequestRelay } from "../src/machines/request-relay.ts";

const upgrade = "GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n";

/** A program that says the same to everyone. */
async function programOf(answer: string): Promise<{ readonly address: string } & AsyncDisposable> {
  const sockets = new Set<Socket>();
  const server = createTcpServer((socket) => {
    sockets.add(socket.on("error", () => {}));
    socket.once("data", () => socket.write(answer));
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  return {
    address: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    [Symbol.asyncDispose]: async () => {
      for (const each of sockets) each.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function opens(address: string) {
  return async (_use: unknown, signal: AbortSignal) => {
    const socket = await connectTo(address, signal);
    return { socket, [Symbol.dispose]: () => {} };
  };
}

function dialled(address: string): Socket {
  const [host = "", port = ""] = address.split(":");
  return connect({ host, port: Number(port) }).on("error", () => {});
}

test.each([
  "HTTP/1.1 000 X\r\n\r\n",
  "HTTP/1.1 099 X\r\n\r\n",
  "HTTP/1.1 101 X\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n",
  "HTTP/1.1 2000 X\r\n\r\n",
  "nonsense\r\n\r\n",
])("a program that answers %j is a bad gateway", async (answer) => {
  await using program = await programOf(answer);
  await using relay = await openRequestRelay(opens(program.address));
  expect((await fetch(`http://${relay.address}/`)).status).toBe(502);
});

test("a relay ends while what was upgraded goes on", async () => {
  const answer = "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n";
  await using program = await programOf(answer);
  const relay = await openRequestRelay(opens(program.address));
  const socket = dialled(relay.address);
  socket.write(upgrade);
  await once(socket, "data");
  const closed = once(socket, "close");
  await relay[Symbol.asyncDispose]();
  await closed;
});

/** Opens nothing, and says by which signal it is told that nobody waits any more. */
function neverOpens() {
  const asked = Promise.withResolvers<AbortSignal>();
  const open = (signal: AbortSignal) => {
    asked.resolve(signal);
    return new Promise<never>((_, reject) => {
      signal.addEventListener("abort", () => reject(new Error("left")));
    });
  };
  return { asked: asked.promise, open };
}

test("nobody is dialled for a request whose client left", async () => {
  const { asked, open } = neverOpens();
  await using relay = await openRequestRelay((_, signal) => open(signal));
  const socket = dialled(relay.address);
  socket.write("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
  const signal = await asked;
  socket.destroy();
  await expect.poll(() => signal.aborted).toBe(true);
});

test("nobody is dialled for a relay that closed", async () => {
  const { asked, open } = neverOpens();
  const relay = await openPortRelay(open);
  dialled(relay.address);
  const signal = await asked;
  await relay[Symbol.asyncDispose]();
  await expect.poll(() => signal.aborted).toBe(true);
});

test("a connection outlives the wait for it", async () => {
  await using program = await programOf("hello");
  const waiting = new AbortController();
  const socket = await connectTo(program.address, waiting.signal);
  waiting.abort();
  socket.write("x");
  const [said] = await once(socket, "data");
  expect(String(said)).toBe("hello");
  socket.destroy();
});

test("whoever breaks off an upgrade ends nothing but its own connection", async () => {
  const asked = Promise.withResolvers<void>();
  const server = {
    fetch: async () => new Response("alive"),
    upgrade: () => {
      asked.resolve();
      return new Promise<never>(() => {});
    },
  };
  await using listening = await listen(server, { host: "127.0.0.1", port: 0 });
  const socket = dialled(new URL(listening.url).host);
  socket.write(upgrade);
  await asked.promise;
  socket.resetAndDestroy();
  expect(await (await fetch(listening.url)).text()).toBe("alive");
});

test("a port closes although something that was upgraded goes on", {
  timeout: 20_000,
}, async () => {
  const held = Promise.withResolvers<void>();
  const server = { fetch: async () => new Response(), upgrade: async () => held.resolve() };
  const listening = await listen(server, { host: "127.0.0.1", port: 0 });
  const socket = dialled(new URL(listening.url).host);
  socket.write(upgrade);
  await held.promise;
  await listening[Symbol.asyncDispose]();
  if (!socket.destroyed) await once(socket.resume(), "close");
});
