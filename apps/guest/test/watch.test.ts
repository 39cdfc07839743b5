import {
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import type { WatchEvent } from "@bedplate/guest-client";
import { expect, test } from "vitest";
import { type Agent, startAgent, users } from "./support/agent.ts";

/** Collects what a watch tells. */
async function watching(agent: Agent, options: { isRecursive?: boolean } = {}) {
  const guest = await agent.connect();
  const folder = join(agent.path, "watched");
  mkdirSync(folder, { mode: 0o777 });
  const events: string[] = [];
  const stream = await guest.files.watch(folder, options);
  const told = (async () => {
    for await (const event of stream) events.push(textOf(event));
  })();
  told.catch(() => undefined);
  const saw = (what: string) => expect.poll(() => events).toContain(what);
  return { guest, folder, events, saw, told };
}

function textOf({ type, path, isFolder }: WatchEvent): string {
  return `${type} ${path}${isFolder ? "/" : ""}`;
}

test.for(users)(
  "a folder's changes are told, those below only when that is asked for (uid %s)",
  async (uid) => {
    await using agent = await startAgent({ uid });
    const { folder, events, saw, guest } = await watching(agent);
    mkdirSync(join(folder, "sub"));
    writeFileSync(join(folder, "sub/file"), "x");
    writeFileSync(join(folder, "file"), "x");
    renameSync(join(folder, "file"), join(folder, "other"));
    rmSync(join(folder, "other"));
    await saw("remove other");
    expect(events.filter((each) => !each.startsWith("write"))).toEqual([
      "create sub/",
      "create file",
      "rename file",
      "create other",
      "remove other",
    ]);
    expect(events).toContain("write file");
    await guest.close();
  },
);

test("a recursive watch follows folders that appear, and what is already in them", async () => {
  await using agent = await startAgent();
  const { folder, saw, guest } = await watching(agent, { isRecursive: true });
  mkdirSync(join(folder, "a/b/c"), { recursive: true });
  writeFileSync(join(folder, "a/b/c/early"), "x");
  await saw("create a/b/c/early");
  writeFileSync(join(folder, "a/b/c/late"), "x");
  await saw("write a/b/c/late");
  symlinkSync("/etc", join(folder, "link"));
  await saw("create link");
  await guest.close();
});

test("a watch ends with a fault when what is watched is gone", async () => {
  await using agent = await startAgent();
  const { folder, told, guest } = await watching(agent);
  rmSync(folder, { recursive: true });
  await expect(told).rejects.toMatchObject({ code: "resource.missing" });
  await expect(guest.files.watch(folder)).rejects.toMatchObject({ code: "resource.missing" });
  await guest.close();
});

test("who does not read a watch is told that events were lost, and nothing grows", async () => {
  await using agent = await startAgent();
  await using guest = await agent.connect({ windowBytes: 4096 });
  const folder = join(agent.path, "watched");
  mkdirSync(folder);
  const events = await guest.files.watch(folder);
  const before = agent.residentKib;
  const flood = `chdir "${folder}"; for (1..40000) { open(my $f, ">", "file-with-quite-a-long-name-$_"); unlink "file-with-quite-a-long-name-$_" }`;
  const attacker = await guest.processes.start({ argv: ["/usr/bin/perl", "-e", flood] });
  await attacker.exit;
  expect(agent.residentKib - before).toBeLessThan(1024);
  let isTold = false;
  for await (const event of events) {
    isTold = event.type === "overflow";
    if (isTold) break;
  }
  expect(isTold).toBe(true);
});

test("leaving the loop ends the watch inside the machine", async () => {
  await using agent = await startAgent();
  await using guest = await agent.connect();
  const folder = join(agent.path, "watched");
  mkdirSync(folder);
  const events = await guest.files.watch(folder);
  writeFileSync(join(folder, "file"), "x");
  for await (const event of events) if (event.type === "create") break;
  const children = () =>
    readdirSync("/proc").filter((pid) => parentOf(pid) === agent.child.pid).length;
  await expect.poll(children).toBe(0);
});

function parentOf(pid: string): number | undefined {
  try {
    return Number(/\) \S (\d+)/.exec(readFileSync(`/proc/${pid}/stat`, "utf8"))?.[1]);
  } catch {
    return undefined;
  }
}
