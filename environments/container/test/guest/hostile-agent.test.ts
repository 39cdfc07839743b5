import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { seededRandom } from "@bedplate/clock";
import { newCall } from "@bedplate/environment";
import { expect, test } from "vitest";
import { GuestLink } from "../../src/guest/guest-link.ts";

/** What listens where a machine's agent should: programs of a machine may have taken it over. */
async function agentThat(does: (socket: Socket) => void) {
  const folder = mkdtempSync(join(tmpdir(), "bpc-hostile-"));
  const path = join(folder, "sock");
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => undefined);
    does(socket);
  }).listen(path);
  await once(server, "listening");
  const link = new GuestLink(() => ({ token: "x", way: { path } }));
  return {
    link,
    connections: () => sockets.size,
    async [Symbol.asyncDispose]() {
      await link.close();
      for (const socket of sockets) socket.destroy();
      server.close();
      rmSync(folder, { recursive: true });
    },
  };
}

/** A greeting as a good agent sends it: the nonce is the last of a HELLO. */
function welcomeFor(hello: Buffer): Buffer {
  const block = (tag: number, value: Buffer) =>
    Buffer.concat([Buffer.from([tag, 0, 0, value.length]), value]);
  const number = (value: number) => {
    const bytes = Buffer.alloc(8);
    bytes.writeBigUInt64BE(BigInt(value));
    return bytes;
  };
  const body = Buffer.concat([
    Buffer.from("bedplate"),
    block(5, number(1)),
    block(7, hello.subarray(-16)),
    block(8, Buffer.alloc(16, 9)),
    block(10, number(262_144)),
    block(14, number(256)),
  ]);
  const head = Buffer.alloc(8);
  head.writeUInt8(2, 0);
  head.writeUIntBE(body.length, 1, 3);
  return Buffer.concat([head, body]);
}

const greetThen =
  (next: (socket: Socket) => void) =>
  (socket: Socket): void => {
    socket.once("data", (hello: Buffer) => {
      socket.write(welcomeFor(hello));
      next(socket);
    });
  };

const call = () => newCall({ principal: "test", timeoutMs: 5000, key: "" });

/** How often this process gets a turn while something is going on; -1 for a turn that never came. */
async function longestTurnMs(work: Promise<unknown>): Promise<number> {
  let longest = 0;
  let last = performance.now();
  const timer = setInterval(() => {
    longest = Math.max(longest, performance.now() - last);
    last = performance.now();
  }, 5);
  await work.catch(() => undefined);
  clearInterval(timer);
  return longest;
}

test("an agent that is out of its mind breaks its connection, 500 times over", async () => {
  const random = seededRandom("hostile-agent");
  await using agent = await agentThat((socket) => {
    const noise = Buffer.from(random.bytes(64));
    if (noise.readUInt8(0) < 128) greetThen((each) => each.write(noise))(socket);
    else socket.end(noise);
  });
  const rounds = Array.from({ length: 500 }, (_, at) => at);
  for (const _ of rounds) {
    const asked = agent.link.get().then((guest) => guest.files.stat("/x", { deadlineMs: 50 }));
    await expect(asked).rejects.toHaveProperty("fault");
    await agent.link.close();
  }
  expect(agent.connections()).toBeGreaterThanOrEqual(500);
}, 60_000);

test("an agent that closes in the middle of a frame is asked again only for a while", async () => {
  await using agent = await agentThat((socket) => {
    socket.once("data", (hello: Buffer) => socket.end(welcomeFor(hello).subarray(0, 20)));
  });
  const startedAt = performance.now();
  // The last time it is asked, the wait may be over before it closes.
  const code = expect.stringMatching(/^(resource\.closed|deadline\.exceeded)$/);
  await expect(agent.link.get()).rejects.toMatchObject({ fault: { code } });
  expect(performance.now() - startedAt).toBeLessThan(13_000);
}, 20_000);

test("an agent that never greets is given up once, not forty times", async () => {
  await using agent = await agentThat(() => undefined);
  const startedAt = performance.now();
  await expect(agent.link.get()).rejects.toMatchObject({ fault: { code: "deadline.exceeded" } });
  expect(performance.now() - startedAt).toBeLessThan(13_000);
  expect(agent.connections()).toBe(1);
}, 20_000);

test("an agent that never reads does not hold up who closes", async () => {
  await using agent = await agentThat(greetThen((socket) => socket.pause()));
  const guest = await agent.link.get();
  for (let sent = 0; sent < 200; sent += 1) {
    const path = "x".repeat(4000);
    guest.files.stat(path, { deadlineMs: 100 }).catch(() => undefined);
  }
  const startedAt = performance.now();
  await agent.link.close();
  await guest.close();
  expect(performance.now() - startedAt).toBeLessThan(3000);
});

test.for([
  ["zeros", Buffer.alloc(1024 * 1024)],
  ["ends of channels", Buffer.from([7 | (1 << 5), 0, 0, 0, 0, 0, 0, 1])],
  ["credits of nothing", Buffer.from([10, 0, 0, 4, 0, 0, 0, 1, 0, 0, 0, 0])],
] as const)(
  "an agent that sends %s without end is cut off, and others get their turn",
  async ([, bytes]) => {
    const flood = (socket: Socket) => {
      const pour = () => {
        while (!socket.destroyed && socket.write(bytes));
        socket.once("drain", pour);
      };
      pour();
    };
    await using agent = await agentThat(greetThen(flood));
    const guest = await agent.link.hello(call()).catch(() => undefined);
    const asked = guest?.files.stat("/x", { deadlineMs: 2000 }) ?? Promise.reject(new Error("cut"));
    asked.catch(() => undefined);
    expect(await longestTurnMs(asked)).toBeLessThan(1000);
    if (guest !== undefined) await guest.closed;
  },
);
