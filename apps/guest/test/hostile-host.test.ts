import type { Socket } from "node:net";
import { seededRandom } from "@bedplate/clock";
import { expect, test } from "vitest";
import { type Agent, startAgent } from "./support/agent.ts";
import { frame, hello, numberField, textField } from "./support/raw-frames.ts";

const seed = "hostile-host";
const frames = 10_000;

/** Plausible and implausible frames, in a fixed order. */
function* chance(): Generator<Buffer> {
  const random = seededRandom(seed);
  const number = (below: number) => {
    const bytes = random.bytes(4);
    return new DataView(bytes.buffer, bytes.byteOffset, 4).getUint32(0) % below;
  };
  for (let made = 0; made < frames; made++) {
    const body = Buffer.from(random.bytes(number(200)));
    const asked = Buffer.concat([
      operationField(number(50)),
      number(3) === 0 ? body : Buffer.alloc(0),
    ]);
    // Mostly frames of a greeted host that is out of its mind; sometimes plain noise.
    const kinds = [4, 4, 4, 6, 7, 10, 11, 12, number(32)];
    const kind = kinds[number(kinds.length)] ?? 4;
    yield number(20) === 0
      ? body
      : frame(kind, {
          channel: number(8),
          stream: number(30),
          body: kind === 4 ? asked : body.subarray(0, kind === 10 ? 4 : 8),
        });
  }
}

/** Of OPEN: which operation, and paths and words that do no harm wherever they lead. */
function operationField(operation: number): Buffer {
  const values = [16, 17, 18, 20, 25, 27, 28, 41, 42, 1, 2, 3, 4, 5, 6];
  const chosen = values[operation % values.length] ?? 16;
  const number = Buffer.alloc(12);
  number.writeUInt32BE(0x0f000008, 0);
  number.writeUInt32BE(chosen, 8);
  const path = Buffer.from("/nothing/that/is/there");
  const word = Buffer.from("/bin/true");
  return Buffer.concat([
    number,
    Buffer.from([50, 0, 0, path.length]),
    path,
    Buffer.from([20, 0, 0, word.length]),
    word,
  ]);
}

/** Sends, and drops what comes; resolves when the agent has closed or all has been taken. */
async function throwAt(agent: Agent, parts: Iterable<Buffer>): Promise<number> {
  let socket: Socket | undefined;
  let sent = 0;
  for (const part of parts) {
    if (socket === undefined || socket.destroyed) {
      socket = await agent.socket();
      socket.on("error", () => undefined).resume();
      socket.write(hello());
    }
    socket.write(part);
    if (sent++ % 16 === 0) await new Promise((resolve) => setImmediate(resolve));
  }
  await new Promise((resolve) => setTimeout(resolve, 100));
  socket?.destroy();
  return sent;
}

test(`${frames} frames of a host out of its mind leave the agent alive and as small as before (seed ${seed})`, async () => {
  await using agent = await startAgent();
  const before = agent.residentKib;
  expect(await throwAt(agent, chance())).toBe(frames);
  await using guest = await agent.connect();
  await guest.ping();
  await expect.poll(() => agent.residentKib - before).toBeLessThan(2048);
  const descriptors = (await guest.processes.list()).filter((each) => each.exit === undefined);
  expect(descriptors.length).toBeLessThanOrEqual(1);
});

test("a host that asks and never reads is left waiting, not stored for", async () => {
  await using agent = await startAgent();
  const before = agent.residentKib;
  const socket = await agent.socket();
  socket.on("error", () => undefined).pause();
  socket.write(hello());
  const pings = Buffer.concat(
    Array.from({ length: 4096 }, () => frame(12, { body: Buffer.alloc(8) })),
  );
  for (let round = 0; round < 200 && socket.writableLength < 32e6; round++) socket.write(pings);
  await using guest = await agent.connect();
  await guest.ping();
  expect(agent.residentKib - before).toBeLessThan(4096);
  socket.destroy();
});

test("input without credit ends the connection", async () => {
  await using agent = await startAgent();
  const socket = await agent.socket();
  const closed = new Promise((resolve) => socket.once("close", resolve));
  socket.on("error", () => undefined).resume();
  socket.write(hello());
  const start = Buffer.concat([
    numberField(15, 1),
    numberField(27, 1),
    textField(20, "/bin/sleep"),
    textField(20, "100"),
  ]);
  socket.write(frame(4, { stream: 1, body: start }));
  for (let round = 0; round < 16; round++)
    socket.write(frame(6, { stream: 1, body: Buffer.alloc(65_536) }));
  await closed;
  await using guest = await agent.connect();
  await guest.ping();
});

test("nothing is done for who has the wrong token, or none", async () => {
  await using agent = await startAgent();
  for (const wrong of ["", "a token of a tesu", "a token of a test ", "a token of a tes"]) {
    await expect(agent.connect({ token: wrong })).rejects.toMatchObject({
      code: "permission.denied",
    });
  }
  const socket = await agent.socket();
  const chunks: Buffer[] = [];
  socket.on("data", (chunk: Buffer) => chunks.push(chunk));
  const closed = new Promise((resolve) => socket.once("close", resolve));
  socket.write(
    frame(4, { stream: 1, body: Buffer.concat([numberField(15, 1), textField(20, "/bin/true")]) }),
  );
  await closed;
  expect(Buffer.concat(chunks)[0]).toBe(3);
  await using guest = await agent.connect();
  expect(await guest.processes.list()).toEqual([]);
});
