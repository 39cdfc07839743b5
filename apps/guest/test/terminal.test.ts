import type { GuestProcess } from "@bedplate/guest-client";
import { expect, test } from "vitest";
import { isRoot, startAgent, users } from "./support/agent.ts";

const size = { columns: 90, rows: 30 };

test.for(users)("a terminal has a size that can change (uid %s)", async (uid) => {
  await using agent = await startAgent({ uid });
  await using guest = await agent.connect();
  const shell = await guest.processes.start({
    argv: [
      "/bin/sh",
      "-c",
      "stty -echo; stty size; tty; trap 'stty size; exit 4' WINCH; while :; do sleep 0.05; done",
    ],
    terminal: size,
  });
  const screen = reading(shell);
  await screen.until("/dev/pts/");
  expect(screen.text).toMatch(/^30 90\r\n\/dev\/pts\/\d+/);
  await shell.resize({ columns: 120, rows: 40 });
  await screen.until("40 120");
  expect(await shell.exit).toMatchObject({ code: 4 });
});

test("input goes through the terminal, and its end is the end of the file", async () => {
  await using agent = await startAgent();
  await using guest = await agent.connect();
  const cat = await guest.processes.start({ argv: ["/bin/cat"], terminal: size });
  const screen = reading(cat);
  await cat.write(Buffer.from("typed\n"));
  await screen.until("typed\r\ntyped");
  cat.endInput();
  expect(await cat.exit).toMatchObject({ code: 0 });
});

test("control characters become signals", async () => {
  await using agent = await startAgent();
  await using guest = await agent.connect();
  const sleeper = await guest.processes.start({
    argv: ["/bin/sh", "-c", "echo up; exec sleep 100"],
    terminal: size,
  });
  await reading(sleeper).until("up");
  await sleeper.write(Buffer.from("\u0003"));
  expect(await sleeper.exit).toMatchObject({ signal: 2 });
});

test.for(users)("nobody pushes characters into a terminal (uid %s)", async (uid) => {
  await using agent = await startAgent({ uid });
  await using guest = await agent.connect();
  const push =
    'my $c = "x"; for (0x5412, 0x541c) { print ioctl(STDIN, $_, $c) ? "pushed\\n" : "$!\\n" }';
  const attack = await guest.processes.start({
    argv: ["/usr/bin/perl", "-e", push],
    terminal: size,
  });
  const screen = reading(attack);
  expect(await attack.exit).toMatchObject({ code: 0 });
  await screen.ended;
  expect(screen.text).toBe("Operation not permitted\r\n".repeat(2));
});

test.runIf(isRoot)(
  "a terminal can come from a devpts of its own, where no path names it",
  async () => {
    await using agent = await startAgent({ arguments: ["--private-terminals"] });
    await using guest = await agent.connect();
    const shell = await guest.processes.start({
      argv: ["/bin/sh", "-c", "tty; test -t 0 && stty size"],
      terminal: size,
    });
    const screen = reading(shell);
    await screen.ended;
    expect(screen.text).toContain("30 90");
    expect(screen.text).not.toContain("/dev/pts");
  },
);

test("a size that no terminal has, and a process without one, are refused", async () => {
  await using agent = await startAgent();
  await using guest = await agent.connect();
  const plain = await guest.processes.start({ argv: ["/bin/sleep", "100"] });
  await expect(plain.resize(size)).rejects.toMatchObject({ code: "capability.undeclared" });
  const shell = await guest.processes.start({ argv: ["/bin/sleep", "100"], terminal: size });
  await expect(shell.resize({ columns: 0, rows: 5 })).rejects.toMatchObject({
    code: "argument.invalid",
  });
});

/** Collects what a terminal shows. */
function reading(shell: GuestProcess) {
  const screen = {
    text: "",
    ended: Promise.resolve(),
    until: (what: string) => expect.poll(() => screen.text, { timeout: 10_000 }).toContain(what),
  };
  screen.ended = (async () => {
    for await (const chunk of shell.stdout) screen.text += Buffer.from(chunk).toString();
  })();
  screen.ended.catch(() => undefined);
  return screen;
}
