import { chmodSync } from "node:fs";
import { createServer, type Server } from "node:net";
import { join } from "node:path";
import { expect, test } from "vitest";
import { bytesOf, startAgent, textOf, users } from "./support/agent.ts";

/** A server that answers what it got, backwards, when the other side has ended. */
async function listening(where: {
  host?: string;
  path?: string;
}): Promise<{ server: Server; port: number }> {
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    const chunks: Buffer[] = [];
    socket.on("data", (chunk: Buffer) => chunks.push(chunk));
    socket.on("end", () => socket.end(Buffer.concat(chunks).reverse()));
    socket.on("error", () => undefined);
  });
  await new Promise<void>((resolve) => {
    if (where.path !== undefined) server.listen(where.path, resolve);
    else server.listen(0, where.host ?? "127.0.0.1", resolve);
  });
  const address = server.address();
  return { server, port: typeof address === "object" && address !== null ? address.port : 0 };
}

test.for(users)(
  "a port of the machine is reached, by either loopback, or by a path (uid %s)",
  async (uid) => {
    await using agent = await startAgent({ uid });
    await using guest = await agent.connect();
    const path = join(agent.path, "service.sock");
    const service = await listening({ path });
    chmodSync(path, 0o777);
    const places = [await listening({}), await listening({ host: "::1" }), service];
    for (const { server, port } of places) {
      const { readable, writable } = await guest.forward(port === 0 ? { path } : { port });
      const body = Buffer.from(Array.from({ length: 1_000_000 }, (_, at) => at & 255));
      const sent = ReadableStream.from(bytesOf(body)).pipeTo(writable);
      expect(Buffer.from(await gather(readable)).equals(Buffer.from(body).reverse())).toBe(true);
      await sent;
      server.close();
    }
  },
);

test("a port where nobody listens is refused at once", async () => {
  await using agent = await startAgent();
  await using guest = await agent.connect();
  const { server, port } = await listening({});
  await new Promise((resolve) => server.close(resolve));
  await expect(guest.forward({ port })).rejects.toMatchObject({ code: "resource.closed" });
  await expect(guest.forward({ port: 0 })).rejects.toMatchObject({ code: "argument.invalid" });
  await expect(guest.forward({ path: "/no/socket" })).rejects.toMatchObject({
    code: "resource.missing",
  });
});

test("who listens is listed", async () => {
  await using agent = await startAgent();
  await using guest = await agent.connect();
  const { server, port } = await listening({});
  const found = (await guest.ports()).find((each) => each.port === port);
  expect(found).toEqual({ port, uid: process.getuid?.(), family: 4, isReachable: true });
  server.close();
});

test("a slow reader of a port holds the sender back, not the agent", async () => {
  await using agent = await startAgent();
  await using guest = await agent.connect();
  let sent = 0;
  const server = createServer((socket) => {
    const send = () => {
      while (sent < 64e6 && socket.write(Buffer.alloc(65_536))) sent += 65_536;
      if (sent >= 64e6) socket.end();
    };
    socket.on("drain", () => {
      sent += 65_536;
      send();
    });
    socket.on("error", () => undefined);
    send();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as { port: number };
  const before = agent.residentKib;
  const { readable } = await guest.forward({ port });
  const reader = readable.getReader();
  await reader.read();
  for (let round = 0; round < 20; round++) await guest.ping();
  expect(agent.residentKib - before).toBeLessThan(4096);
  expect(sent).toBeLessThan(32e6);
  await reader.cancel();
  expect(await textOf((await guest.files.read("/proc/sys/kernel/ostype")).body)).toBe("Linux\n");
  server.close();
});

async function gather(stream: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  return Buffer.concat(chunks);
}
