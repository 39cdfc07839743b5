import { createHash } from "node:crypto";
import { openGuest } from "@bedplate/guest-client";
import { expect, test } from "vitest";
import { duplexOf, startAgent, textOf, token } from "./support/agent.ts";

/** A megabyte of lines that tell their number. */
const count = [
  "/bin/sh",
  "-c",
  "i=0; while [ $i -lt 20000 ]; do echo line $i; i=$((i+1)); done; exit 5",
];
const counted: string = Array.from({ length: 20_000 }, (_, line) => `line ${line}\n`).join("");

test("whoever lost the connection goes on where it stopped, and misses nothing", async () => {
  await using agent = await startAgent();
  const socket = await agent.socket();
  const guest = await openGuest(duplexOf(socket), { token, windowBytes: 16_384 });
  const started = await guest.processes.start({ argv: count, holdsOutput: true, label: "count" });
  const reader = started.stdout.getReader();
  let read = "";
  while (read.length < 50_000) read += Buffer.from((await reader.read()).value ?? []).toString();
  socket.destroy();
  await expect(started.exit).rejects.toMatchObject({ code: "resource.closed" });
  const from = { stdout: read.length, stderr: 0 };
  await using again = await agent.connect({ windowBytes: 16_384 });
  const attached = await again.processes.attach({ label: "count" }, { from });
  expect(attached.startedAt).toEqual(from);
  const rest = await textOf(attached.stdout);
  expect(await attached.exit).toMatchObject({ code: 5 });
  expect(digest(read + rest)).toBe(digest(counted));
});

test("what ended while nobody looked is told to who comes late", async () => {
  await using agent = await startAgent();
  const guest = await agent.connect();
  const { id, pid } = await guest.processes.start({
    argv: ["/bin/sh", "-c", "sleep 0.1; echo done; exit 9"],
  });
  await guest.close();
  await using again = await agent.connect();
  await expect.poll(async () => (await again.processes.list())[0]?.exit?.code).toBe(9);
  const attached = await again.processes.attach({ id });
  expect([attached.pid, await textOf(attached.stdout)]).toEqual([pid, "done\n"]);
  expect(await attached.exit).toMatchObject({ code: 9 });
});

test("two readers of one process read the same", async () => {
  await using agent = await startAgent();
  await using guest = await agent.connect();
  const started = await guest.processes.start({ argv: count });
  const attached = await guest.processes.attach({ id: started.id });
  const [first, second] = await Promise.all([textOf(started.stdout), textOf(attached.stdout)]);
  expect([digest(first), digest(second)]).toEqual([digest(counted), digest(counted)]);
});

test("without a reader only the last bytes are kept, and the reader is told where they begin", async () => {
  await using agent = await startAgent();
  const guest = await agent.connect();
  const started = await guest.processes.start({ argv: count, keptBytes: 65_536 });
  await guest.close();
  await using again = await agent.connect();
  await expect
    .poll(async () => (await again.processes.list())[0]?.exit?.code, { timeout: 30_000 })
    .toBe(5);
  const attached = await again.processes.attach({ id: started.id });
  const kept = await textOf(attached.stdout);
  expect(kept).toBe(counted.slice(attached.startedAt.stdout));
  expect(kept.length).toBeLessThanOrEqual(65_536);
});

test("a flood of output does not make the agent grow", async () => {
  await using agent = await startAgent();
  await using guest = await agent.connect();
  const flood = ["/bin/sh", "-c", "yes flood | head -c 268435456"];
  const before = agent.residentKib;
  const unread = await guest.processes.start({ argv: flood });
  const read = await guest.processes.start({ argv: flood });
  let [bytes, most] = [0, 0];
  for await (const chunk of read.stdout) {
    bytes += chunk.length;
    if (bytes % 50 === 0) most = Math.max(most, agent.residentKib);
  }
  most = Math.max(most, agent.residentKib);
  expect(bytes).toBe(268_435_456);
  expect(most - before).toBeLessThan(4096);
  await unread.signal(9, { scope: "session" });
});

test("the agent forgets the oldest of the ended, not the living", async () => {
  await using agent = await startAgent();
  await using guest = await agent.connect();
  const living = await guest.processes.start({ argv: ["/bin/sleep", "100"] });
  for (let round = 0; round < 80; round++) {
    await (await guest.processes.start({ argv: ["/bin/true"] })).exit;
  }
  const listed = await guest.processes.list();
  expect(listed.some((each) => each.id === living.id)).toBe(true);
  expect(listed.length).toBeLessThanOrEqual(66);
});

test.for([4096, 32_768, 131_072])(
  "a process that keeps %i bytes is read to its end through a wide window",
  async (keptBytes) => {
    await using agent = await startAgent();
    for (const windowBytes of [16_384, 262_144, 1_048_576]) {
      await using guest = await agent.connect({ windowBytes });
      const argv = ["/bin/sh", "-c", "head -c 1000000 /dev/zero; exit 3"];
      const started = await guest.processes.start({ argv, keptBytes, holdsOutput: true });
      expect((await textOf(started.stdout)).length).toBe(1_000_000);
      expect(await started.exit).toMatchObject({ code: 3 });
    }
  },
);

test("a channel that nobody reads does not hold the process up, however little it keeps", async () => {
  await using agent = await startAgent();
  await using guest = await agent.connect();
  const argv = ["/bin/sh", "-c", "head -c 1000000 /dev/zero >&2; echo done"];
  const started = await guest.processes.start({ argv, keptBytes: 4096 });
  await started.stderr.cancel();
  expect(await textOf(started.stdout)).toBe("done\n");
});

function digest(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}
