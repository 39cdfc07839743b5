import { seededRandom } from "@bedplate/clock";
import { isFault } from "@bedplate/errors";
import { expect, test } from "vitest";
import { type Guest, openGuest } from "../src/index.ts";
import { FakeAgent, fields, frame } from "./support/fake-agent.ts";

const answers = 10_000;
const seed = "hostile-guest";

/** A guest that greets well, and then does as it likes. */
async function greeted(): Promise<{ agent: FakeAgent; guest: Guest }> {
  const agent = new FakeAgent();
  const guest = await openGuest(agent.duplex);
  return { agent, guest };
}

test(`${answers} answers of a guest out of its mind are faults, and leave nothing (seed ${seed})`, async () => {
  const random = seededRandom(seed);
  const number = (below: number) => {
    const bytes = random.bytes(4);
    return new DataView(bytes.buffer, bytes.byteOffset, 4).getUint32(0) % below;
  };
  let rejected = 0;
  for (let made = 0; made < answers; made++) {
    const { agent, guest } = await greeted();
    const asked = [
      () => guest.files.stat("/x"),
      () => guest.processes.start({ argv: ["x"] }).then((each) => each.exit),
      () => guest.processes.list(),
      () => guest.metrics(),
    ][number(4)];
    const answer = asked?.();
    answer?.catch(() => undefined);
    const kinds = [5, 6, 8, 9, 10, 13, 3, number(32)];
    const body = Buffer.from(random.bytes(number(64)));
    const coded = Buffer.concat([
      fields([1, number(40)]),
      number(2) === 0 ? body : Buffer.alloc(0),
    ]);
    agent.send(
      frame(kinds[number(kinds.length)] ?? 5, {
        channel: number(8),
        stream: number(3),
        body: number(2) === 0 ? body : coded,
      }),
    );
    agent.end();
    const outcome = await Promise.resolve(answer).then(
      () => undefined,
      (error: unknown) => error,
    );
    if (outcome !== undefined) {
      expect(isFault(outcome)).toBe(true);
      rejected++;
    }
    await guest.closed;
  }
  expect(rejected).toBeGreaterThan(answers * 0.9);
});

test("a guest that sends without credit loses its connection before it fills our memory", async () => {
  const { agent, guest } = await greeted();
  const starting = guest.processes.start({ argv: ["x"] });
  agent.send(frame(5, { stream: 1, body: fields([30, 1], [11, 1], [35, 0], [36, 0]) }));
  const started = await starting;
  for (let sent = 0; sent < 5; sent++)
    agent.send(frame(6, { channel: 1, stream: 1, body: Buffer.alloc(65_536) }));
  await expect(started.exit).rejects.toMatchObject({
    code: "data.corrupt",
    fault: { blame: "guest" },
  });
  await guest.closed;
});

test.for([
  ["a length beyond the limit", Buffer.from([6, 1, 0, 1, 0, 0, 0, 1])],
  ["a stream that nobody opened", frame(5, { stream: 9 })],
  ["a second answer", Buffer.concat([frame(5, { stream: 1 }), frame(5, { stream: 1 })])],
  ["output before an answer", frame(6, { channel: 1, stream: 1, body: Buffer.from("x") })],
  ["a credit of four gigabytes", frame(10, { stream: 1, body: Buffer.alloc(4, 255) })],
  ["a pong that nobody awaits", frame(13, { body: Buffer.alloc(8) })],
  [
    "an item without a body",
    Buffer.concat([frame(5, { stream: 1 }), frame(8, { channel: 3, stream: 1 })]),
  ],
  ["an end without a code", frame(9, { stream: 1 })],
  [
    "a field that is longer than its frame",
    frame(9, { stream: 1, body: Buffer.from([1, 0, 0, 9, 0]) }),
  ],
] as const)("%s ends the connection with a fault", async ([, bytes]) => {
  const { agent, guest } = await greeted();
  const asked = guest.files.stat("/x");
  agent.send(bytes);
  await expect(asked).rejects.toMatchObject({ code: "data.corrupt", fault: { blame: "guest" } });
  await guest.closed;
  await expect(guest.files.stat("/x")).rejects.toMatchObject({ code: "data.corrupt" });
});

test("a guest that answers nothing is waited for until the deadline, or the abort", async () => {
  const { guest } = await greeted();
  const late = guest.files.stat("/x", { deadlineMs: 20 });
  await expect(late).rejects.toMatchObject({
    code: "deadline.exceeded",
    fault: { blame: "guest" },
  });
  const controller = new AbortController();
  const given = guest.files.stat("/x", { signal: controller.signal });
  controller.abort(new Error("enough"));
  await expect(given).rejects.toThrow("enough");
  await expect(guest.ping({ deadlineMs: 20 })).rejects.toMatchObject({ code: "deadline.exceeded" });
  await guest.closed;
});

test("operations that a guest never ends are bounded", async () => {
  const { guest } = await greeted();
  for (let opened = 0; opened < 256; opened++) {
    await expect(guest.files.stat("/x", { deadlineMs: 0 })).rejects.toMatchObject({
      code: "deadline.exceeded",
    });
  }
  await expect(guest.files.stat("/x")).rejects.toMatchObject({ code: "quota.exceeded" });
  await guest.close();
});

test("a guest that never greets, or greets wrongly, is given up", async () => {
  const silent = new FakeAgent({ isSilent: true });
  await expect(openGuest(silent.duplex, { deadlineMs: 20 })).rejects.toMatchObject({
    code: "deadline.exceeded",
  });
  const noise = new FakeAgent({ isSilent: true });
  noise.send(Buffer.from("SSH-2.0-OpenSSH_9.2\r\n"));
  await expect(openGuest(noise.duplex)).rejects.toMatchObject({
    code: expect.stringMatching(/corrupt|closed/),
  });
  const leftovers = new FakeAgent({ isSilent: true });
  leftovers.send(Buffer.alloc(5 * 1024 * 1024, 7));
  await expect(openGuest(leftovers.duplex, { isShared: true })).rejects.toMatchObject({
    code: "data.corrupt",
  });
});

test("no bytes of a guest are in a fault's text", async () => {
  const { agent, guest } = await greeted();
  const asked = guest.files.stat("/x");
  agent.send(
    frame(9, {
      stream: 1,
      body: Buffer.concat([fields([1, 2]), Buffer.from([200, 0, 0, 6]), Buffer.from("secret")]),
    }),
  );
  const fault = await asked.catch((error: unknown) => error);
  expect(JSON.stringify((fault as { fault: unknown }).fault)).not.toContain("secret");
  await guest.close();
});

test("a guest that does not read holds the writer back", async () => {
  const { agent, guest } = await greeted();
  const starting = guest.processes.start({ argv: ["x"], hasInput: true });
  agent.send(frame(5, { stream: 1, body: fields([30, 1], [11, 1], [35, 0], [36, 0]) }));
  const started = await starting;
  let written = 0;
  const writing = (async () => {
    for (;;) {
      await started.write(Buffer.alloc(65_536));
      written += 65_536;
    }
  })();
  writing.catch(() => undefined);
  await new Promise((resolve) => setTimeout(resolve, 50));
  expect(written).toBeLessThanOrEqual(262_144 + 65_536);
  await guest.close();
  await expect(writing).rejects.toMatchObject({ code: "resource.closed" });
});
