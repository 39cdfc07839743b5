import type { ByteDuplex, GuestProcess } from "@bedplate/guest-client";
import { openGuest } from "@bedplate/guest-client";
import { expect, test } from "vitest";
import { type Agent, run, startAgent, textOf, token } from "./support/agent.ts";

/**
 * A device that is never closed: the raw terminal in which one agent runs another. Hosts come and go
 * on it without a sign, as they do on a virtio-serial port.
 */
async function openDevice(
  agent: Agent,
): Promise<{ process: GuestProcess; hostAgain(): ByteDuplex }> {
  const guest = await agent.connect();
  const command = `stty raw -echo; echo ready; exec ${agent.path}/agent --listen device:$(tty)`;
  const process = await guest.processes.start({
    argv: ["/bin/sh", "-c", command],
    env: { BEDPLATE_GUEST_TOKEN: token },
    terminal: { columns: 80, rows: 24 },
  });
  const reader = process.stdout.getReader();
  let start = "";
  while (!start.includes("ready"))
    start += Buffer.from((await reader.read()).value ?? []).toString();
  let host: ReadableStreamDefaultController<Uint8Array> | undefined;
  const pump = async () => {
    for (;;) {
      const { value, done } = await reader.read();
      if (done) return;
      host?.enqueue(value);
    }
  };
  pump().catch(() => undefined);
  const hostAgain = (): ByteDuplex => {
    let mine: ReadableStreamDefaultController<Uint8Array> | undefined;
    return {
      readable: new ReadableStream({
        start: (controller) => {
          mine = controller;
          host = controller;
        },
        cancel: () => {
          if (host === mine) host = undefined;
        },
      }),
      writable: new WritableStream({
        write: async (chunk) => {
          if (host === mine) await process.write(chunk);
        },
      }),
    };
  };
  return { process, hostAgain };
}

test("a new host takes over a device, whatever the old one left unfinished", async () => {
  await using agent = await startAgent();
  const device = await openDevice(agent);
  const first = await openGuest(device.hostAgain(), { token });
  expect((await run(first, "echo by device")).out).toBe("by device\n");
  const kept = await first.processes.start({
    argv: ["/bin/sh", "-c", "sleep 0.2; echo kept"],
    label: "kept",
  });
  const instance = first.instance;
  // The old host dies in the middle of a frame: a header that promises much, and little behind it.
  await device.process.write(Buffer.from([6, 0, 200, 0, 0, 0, 0, 1, 1, 2, 3]));
  const second = await openGuest(device.hostAgain(), { token, isShared: true });
  expect(second.instance).toBe(instance);
  const attached = await second.processes.attach({ id: kept.id });
  expect(await textOf(attached.stdout)).toBe("kept\n");
  await second.close();
  const third = await openGuest(device.hostAgain(), { token, isShared: true });
  await third.ping();
});

test("noise and a wrong token on a device do not close it to who has the right one", async () => {
  await using agent = await startAgent();
  const device = await openDevice(agent);
  await device.process.write(Buffer.from("GET / HTTP/1.1\r\n\r\n"));
  const wrong = openGuest(device.hostAgain(), { token: "wrong", isShared: true, deadlineMs: 300 });
  await expect(wrong).rejects.toMatchObject({ code: "deadline.exceeded" });
  const right = await openGuest(device.hostAgain(), { token, isShared: true });
  expect((await run(right, "echo let in")).out).toBe("let in\n");
});
