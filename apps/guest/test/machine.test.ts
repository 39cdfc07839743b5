import { spawn } from "node:child_process";
import { chmodSync, copyFileSync, mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { Duplex } from "node:stream";
import { agentProgram, type ByteDuplex, type Guest, openGuest } from "@bedplate/guest-client";
import { openScratchFolder } from "@bedplate/testkit";
import { expect, test } from "vitest";
import { bytesOf, isRoot, run, startAgent, textOf, token } from "./support/agent.ts";

/** An agent that speaks over its standard input and output, behind the words of `before`. */
async function overStdio(before: readonly string[], options: readonly string[] = []) {
  const words = [...before, agentProgram(), "--listen", "stdio", ...options];
  const child = spawn(words[0] ?? "", words.slice(1), {
    stdio: ["pipe", "pipe", "inherit"],
    env: { BEDPLATE_GUEST_TOKEN: token, PATH: process.env["PATH"] },
  });
  const ended = new Promise<number | null>((resolve) => child.once("exit", resolve));
  const duplex = Duplex.toWeb(Duplex.from({ readable: child.stdout, writable: child.stdin }));
  const guest: Guest = await openGuest(duplex as ByteDuplex, { token });
  return { guest, ended, child };
}

test("the figures of the machine are those of its kernel", async () => {
  await using agent = await startAgent();
  await using guest = await agent.connect();
  const metrics = await guest.metrics();
  const total = Number(/MemTotal:\s+(\d+)/.exec(readFileSync("/proc/meminfo", "utf8"))?.[1]) * 1024;
  expect(metrics.memoryTotalBytes).toBe(total);
  expect(metrics.memoryUsedBytes).toBeGreaterThan(0);
  expect(metrics.memoryUsedBytes).toBeLessThan(total);
  expect(metrics.cpuUsedNs).toBeGreaterThan(0);
  expect(metrics.diskTotalBytes).toBeGreaterThanOrEqual(metrics.diskUsedBytes);
  expect(metrics.processes).toBeGreaterThan(1);
  expect(metrics.agentBytes).toBeLessThan(4 * 1024 * 1024);
  expect(Math.abs(metrics.realtimeMs - Date.now())).toBeLessThan(60_000);
});

test("over standard input and output, the agent and its programs end with the host", async () => {
  const { guest, ended } = await overStdio([]);
  const started = await guest.processes.start({
    argv: ["/bin/sh", "-c", "trap '' TERM; sleep 100"],
  });
  expect((await run(guest, "echo through a pipe")).out).toBe("through a pipe\n");
  await guest.close();
  expect(await ended).toBe(0);
  expect(() => process.kill(started.pid, 0)).toThrow("ESRCH");
});

test("shutdown lets programs end in their own way, and kills those that do not", async () => {
  await using agent = await startAgent();
  const guest = await agent.connect();
  const marker = join(agent.path, "ended");
  const polite = await guest.processes.start({
    argv: [
      "/bin/sh",
      "-c",
      `trap 'echo bye > ${marker}; exit 0' TERM; echo up; while :; do sleep 0.02; done`,
    ],
  });
  const deaf = await guest.processes.start({
    argv: ["/bin/sh", "-c", "trap '' TERM; echo up; while :; do sleep 0.02; done"],
  });
  await Promise.all([polite, deaf].map((each) => each.stdout.getReader().read()));
  await guest.shutDown({ graceMs: 300 });
  expect(readFileSync(marker, "utf8")).toBe("bye\n");
  await agent.ended;
  expect(agent.child.exitCode).toBe(0);
  for (const { pid } of [polite, deaf]) expect(() => process.kill(pid, 0)).toThrow("ESRCH");
});

test.runIf(isRoot)(
  "reseeding gives entropy and names, and tells of each part whether it was done",
  async () => {
    using scratch = openScratchFolder("guest-reseed");
    mkdirSync(join(scratch.path, "etc"));
    const { guest } = await overStdio(["unshare", "--uts", "--"], ["--root", scratch.path]);
    const machineId = "0123456789abcdef0123456789abcdef";
    const done = await guest.reseed({ hostName: "clone-17", machineId });
    expect([...done]).toEqual([
      ["entropy", 0],
      ["hostName", 0],
      ["machineId", 0],
    ]);
    expect((await run(guest, "uname -n")).out).toBe("clone-17\n");
    expect(readFileSync(join(scratch.path, "etc/machine-id"), "utf8")).toBe(`${machineId}\n`);
    const wrong = await guest.reseed({ hostName: "not a name", machineId: "short" });
    expect([wrong.get("hostName"), wrong.get("machineId")]).toEqual([22, 22]);
    await guest.close();
  },
);

test.runIf(isRoot)("an ordinary user's agent says what it may not do", async () => {
  await using agent = await startAgent({ uid: 65534 });
  await using guest = await agent.connect();
  const done = await guest.reseed({ realtimeMs: Date.now(), hostName: "mine" });
  expect([...done.values()].every((errno) => errno === 1)).toBe(true);
});

test.runIf(isRoot)(
  "as init it mounts what a machine needs, has its own terminals, and reaps",
  async () => {
    using scratch = openScratchFolder("guest-init");
    const program = join(scratch.path, "agent");
    copyFileSync(agentProgram(), program);
    chmodSync(program, 0o755);
    const root = join(scratch.path, "root");
    for (const folder of ["proc", "sys", "dev", "run", "tmp", "bin", "lib", "lib64", "usr", "etc"])
      mkdirSync(join(root, folder), { recursive: true });
    const script = `set -e; for d in bin lib lib64 usr; do mount --rbind /$d ${root}/$d; done; mount -t tmpfs none ${root}/dev; for d in null zero random urandom tty; do cp -a /dev/$d ${root}/dev/; done; touch ${root}/agent; mount --bind ${program} ${root}/agent; exec chroot ${root} /agent --init --listen stdio`;
    const child = spawn(
      "unshare",
      [
        "--pid",
        "--mount",
        "--uts",
        "--net",
        "--ipc",
        "--fork",
        "--kill-child",
        "--",
        "/bin/sh",
        "-c",
        script,
      ],
      {
        stdio: ["pipe", "pipe", "inherit"],
        env: { BEDPLATE_GUEST_TOKEN: token, PATH: process.env["PATH"] },
      },
    );
    const ended = new Promise((resolve) => child.once("exit", resolve));
    const duplex = Duplex.toWeb(Duplex.from({ readable: child.stdout, writable: child.stdin }));
    const guest = await openGuest(duplex as ByteDuplex, { token });
    expect(guest.features).toContain("init");
    const { out } = await run(
      guest,
      "cat /proc/1/comm; ls /dev/pts; test -e /dev/shm && echo shm; cat /proc/net/if_inet6 /proc/net/dev | grep -c lo:",
    );
    expect(out).toBe("agent\nptmx\nshm\n1\n");
    const shell = await guest.processes.start({
      argv: ["/bin/sh", "-c", "tty"],
      terminal: { columns: 80, rows: 24 },
    });
    expect(await textOf(shell.stdout)).toBe("/dev/pts/0\r\n");
    await run(guest, "i=0; while [ $i -lt 100 ]; do (true &) ; i=$((i+1)); done");
    await expect
      .poll(async () => (await run(guest, "cat /proc/[0-9]*/stat | grep -c ') Z'")).out)
      .toBe("0\n");
    await guest.files.write("/tmp/file", bytesOf("in the machine"));
    child.kill("SIGKILL");
    await ended;
  },
);

test("two agents' identities differ, one's stays", async () => {
  await using first = await startAgent();
  await using second = await startAgent();
  await using one = await first.connect();
  await using again = await first.connect();
  await using other = await second.connect();
  expect(one.instance).toBe(again.instance);
  expect(other.instance).not.toBe(one.instance);
});
