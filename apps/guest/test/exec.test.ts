import { expect, test } from "vitest";
import { bytesOf, isRoot, run, startAgent, textOf, users } from "./support/agent.ts";

const seven = { code: 7, signal: null, isTimedOut: false, isOutOfMemory: false };

test.for(users)("a process has its streams, environment, folder and exit (uid %s)", async (uid) => {
  await using agent = await startAgent({ uid });
  await using guest = await agent.connect();
  const started = await guest.processes.start({
    argv: ["/bin/sh", "-c", 'echo "$WORD $(pwd)"; cat; echo problem >&2; exit 7'],
    env: { WORD: "hello" },
    cwd: "/usr",
    hasInput: true,
  });
  void started.pour(bytesOf("typed"));
  const [out, err] = await Promise.all([textOf(started.stdout), textOf(started.stderr)]);
  expect([out, err]).toEqual(["hello /usr\ntyped", "problem\n"]);
  expect(await started.exit).toEqual(seven);
});

test.for(users)(
  "what it inherits is nothing but three descriptors and a session (uid %s)",
  async (uid) => {
    await using agent = await startAgent({ uid });
    await using guest = await agent.connect();
    const { out } = await run(
      guest,
      "ls /proc/self/fd; tr '\\0' '\\n' </proc/self/environ; ps -o sid= -p $$; echo $$",
    );
    expect(out.match(/^\d+$/gm)?.slice(0, 4)).toEqual(["0", "1", "2", "3"]);
    expect(out).not.toContain("TOKEN");
    const [session, self] = out.trim().split(/\s+/).slice(-2);
    expect(session).toBe(self);
  },
);

test("a program that cannot be run says why, and leaves nothing", async () => {
  await using agent = await startAgent();
  await using guest = await agent.connect();
  const start = (argv: string[], more = {}) => guest.processes.start({ argv, ...more });
  await expect(start(["/no/such/program"])).rejects.toMatchObject({ code: "resource.missing" });
  await expect(start(["/etc/passwd"])).rejects.toMatchObject({ code: "permission.denied" });
  await expect(start(["true"], { cwd: "/no/folder" })).rejects.toMatchObject({
    code: "resource.missing",
  });
  await expect(start(["true"], { user: "nobody-here" })).rejects.toMatchObject({
    code: "argument.invalid",
  });
  await expect(start([""])).rejects.toMatchObject({ code: "argument.invalid" });
  expect(await guest.processes.list()).toEqual([]);
});

test.runIf(isRoot)(
  "a process runs as the user that is asked for, with its groups and home",
  async () => {
    await using agent = await startAgent();
    await using guest = await agent.connect();
    const { out } = await run(guest, "id -u; id -g; echo $HOME $USER; cat /etc/shadow", {
      user: "nobody",
    });
    expect(out.split("\n").slice(0, 2)).toEqual(["65534", "65534"]);
    expect(out).toContain("nobody");
    expect(out).not.toContain("root:");
    expect((await run(guest, "id -u; id -g; id -G", { user: "1234:5678" })).out).toBe(
      "1234\n5678\n5678\n",
    );
  },
);

test.runIf(isRoot)("an ordinary user's agent refuses to be someone else", async () => {
  await using agent = await startAgent({ uid: 65534 });
  await using guest = await agent.connect();
  const asRoot = guest.processes.start({ argv: ["id"], user: "root" });
  await expect(asRoot).rejects.toMatchObject({ code: "permission.denied" });
  expect((await run(guest, "id -u; grep NoNewPrivs /proc/self/status")).out).toBe(
    "65534\nNoNewPrivs:\t1\n",
  );
});

test("kill answers when nothing is left of the process", async () => {
  await using agent = await startAgent();
  await using guest = await agent.connect();
  const started = await guest.processes.start({ argv: ["/bin/sleep", "100"] });
  await started.signal(9, { waits: true });
  expect(() => process.kill(started.pid, 0)).toThrow("ESRCH");
  expect(await started.exit).toMatchObject({ code: null, signal: 9 });
  await expect(started.signal(9)).rejects.toMatchObject({ code: "resource.missing" });
});

test("signals reach the group, the process alone, or all of the session", async () => {
  await using agent = await startAgent();
  await using guest = await agent.connect();
  const start = () =>
    guest.processes.start({
      argv: ["/bin/sh", "-c", "trap 'echo got; exit 3' USR1; sleep 100 & echo up; wait"],
    });
  const alone = await start();
  const reader = alone.stdout.getReader();
  await reader.read();
  await alone.signal(10, { scope: "process" });
  expect(await alone.exit).toMatchObject({ code: 3 });
  const whole = await guest.processes.start({
    argv: ["/bin/bash", "-c", "set -m; sleep 1000.5 & echo $!; wait"],
    untilClosed: true,
  });
  const child = Number(Buffer.from((await whole.stdout.getReader().read()).value ?? []).toString());
  await whole.signal(9, { scope: "session", waits: true });
  await expect.poll(() => isAlive(child)).toBe(false);
});

test("a time limit kills, even when the host has gone", async () => {
  await using agent = await startAgent();
  await using guest = await agent.connect();
  const brief = await guest.processes.start({ argv: ["/bin/sleep", "100"], timeoutMs: 50 });
  expect(await brief.exit).toMatchObject({ signal: 9, isTimedOut: true });
  const lonely = await guest.processes.start({ argv: ["/bin/sleep", "100"], timeoutMs: 200 });
  await guest.close();
  await expect.poll(() => isAlive(lonely.pid)).toBe(false);
});

test("the exit waits for grandchildren only when that is asked for", async () => {
  await using agent = await startAgent();
  await using guest = await agent.connect();
  const argv = ["/bin/sh", "-c", "(sleep 0.4; echo late) & echo early"];
  const plain = await guest.processes.start({ argv });
  const [plainOut] = await Promise.all([textOf(plain.stdout), plain.exit]);
  const whole = await guest.processes.start({ argv, untilClosed: true });
  const [wholeOut] = await Promise.all([textOf(whole.stdout), whole.exit]);
  expect([plainOut, wholeOut]).toEqual(["early\n", "early\nlate\n"]);
});

test("a tied process ends with its connection, another lives on", async () => {
  await using agent = await startAgent();
  const guest = await agent.connect();
  const tied = await guest.processes.start({ argv: ["/bin/sleep", "100"], isTied: true });
  const free = await guest.processes.start({ argv: ["/bin/sleep", "100"], label: "free" });
  await guest.close();
  await expect.poll(() => isAlive(tied.pid)).toBe(false);
  expect(isAlive(free.pid)).toBe(true);
  await using again = await agent.connect();
  expect((await again.processes.list()).find((each) => each.id === free.id)).toMatchObject({
    label: "free",
    argv: ["/bin/sleep", "100"],
    exit: undefined,
  });
});

test("a label finds its process, and no two have the same", async () => {
  await using agent = await startAgent();
  await using guest = await agent.connect();
  const label = "the one";
  const started = await guest.processes.start({ argv: ["/bin/cat"], hasInput: true, label });
  const twice = guest.processes.start({ argv: ["/bin/cat"], label });
  await expect(twice).rejects.toMatchObject({ code: "resource.exists" });
  await using other = await agent.connect();
  await other.processes.write({ label }, Buffer.from("from elsewhere"), { endsInput: true });
  expect(await textOf(started.stdout)).toBe("from elsewhere");
  expect(await started.exit).toMatchObject({ code: 0 });
});

test("a thousand orphans are reaped", async () => {
  await using agent = await startAgent();
  await using guest = await agent.connect();
  const { exit } = await run(guest, "i=0; while [ $i -lt 1000 ]; do (true &) ; i=$((i+1)); done");
  expect(exit.code).toBe(0);
  const zombies = () => run(guest, `ps -o stat= --ppid ${agent.child.pid} | grep -c Z`);
  await expect.poll(async () => (await zombies()).out.trim()).toBe("0");
});

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
