import {
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import type { Guest } from "@bedplate/guest-client";
import { expect, test } from "vitest";
import { type Agent, bytesOf, isRoot, startAgent, textOf, users } from "./support/agent.ts";

interface Place extends AsyncDisposable {
  readonly agent: Agent;
  readonly guest: Guest;
  readonly root: string;
}

/** An agent whose root is its scratch folder. */
async function openPlace(uid?: number): Promise<Place> {
  const agent = await startAgent({ uid });
  const guest = await agent.connect();
  return {
    agent,
    guest,
    root: agent.path,
    async [Symbol.asyncDispose]() {
      await guest.close();
      await agent[Symbol.asyncDispose]();
    },
  };
}

test.for(users)("files are written, read, listed, changed and removed (uid %s)", async (uid) => {
  await using place = await openPlace(uid);
  const { files } = place.guest;
  const at = (path: string) => join(place.root, path);
  expect(
    await files.write(at("a/b/file"), bytesOf("hello ", "world"), {
      makesParents: true,
      mode: 0o640,
    }),
  ).toBe(11);
  expect(readFileSync(at("a/b/file"), "utf8")).toBe("hello world");
  expect(await files.stat(at("a/b/file"))).toMatchObject({ type: "file", bytes: 11, mode: 0o640 });
  const { entry, body } = await files.read(at("a/b/file"), { offset: 3, length: 5 });
  expect([entry.bytes, await textOf(body)]).toEqual([11, "lo wo"]);
  await files.makeFolder(at("x/y/z"), { makesParents: true });
  await expect(files.makeFolder(at("x/y/z"))).rejects.toMatchObject({ code: "resource.exists" });
  await files.rename(at("a/b/file"), at("new/name"), { makesParents: true });
  await files.symlink(at("link"), "new/name");
  expect(await files.stat(at("link"))).toMatchObject({ type: "symlink", target: "new/name" });
  expect(await files.stat(at("link"), { follows: true })).toMatchObject({
    type: "file",
    bytes: 11,
  });
  await files.change(at("new/name"), { mode: 0o600, modifiedAt: 1_600_000_000_123 });
  expect(statSync(at("new/name")).mtimeMs).toBe(1_600_000_000_123);
  const listed: string[] = [];
  for await (const each of await files.list(place.root, { depth: 3 }))
    listed.push(`${each.path} ${each.type}`);
  const ours = listed.filter((each) => !each.startsWith("agent")).sort();
  expect(ours).toEqual([
    "a folder",
    "a/b folder",
    "link symlink",
    "new folder",
    "new/name file",
    "x folder",
    "x/y folder",
    "x/y/z folder",
  ]);
  await expect(files.remove(at("x"))).rejects.toMatchObject({ code: "state.conflict" });
  await files.remove(at("x"), { isRecursive: true });
  await files.remove(at("link"));
  await expect(files.remove(at("link"))).rejects.toMatchObject({ code: "resource.missing" });
});

test("a write goes through links, keeps the mode, and is whole or not there", async () => {
  await using place = await openPlace();
  const { files } = place.guest;
  const at = (path: string) => join(place.root, path);
  writeFileSync(at("real"), "old", { mode: 0o755 });
  symlinkSync("real", at("link"));
  await files.write(at("link"), bytesOf("new"));
  expect([lstatSync(at("link")).isSymbolicLink(), readFileSync(at("real"), "utf8")]).toEqual([
    true,
    "new",
  ]);
  expect(statSync(at("real")).mode & 0o777).toBe(0o755);
  await files.write(at("link"), bytesOf("own"), { follows: false });
  expect(lstatSync(at("link")).isSymbolicLink()).toBe(false);
  const exclusive = files.write(at("real"), bytesOf("late"), { isExclusive: true });
  await expect(exclusive).rejects.toMatchObject({ code: "resource.exists" });
  const broken = files.write(at("real"), failing());
  await expect(broken).rejects.toThrow("the source broke");
  const large = files.write(at("real"), bytesOf("x".repeat(5000)), { bytesMax: 4096 });
  await expect(large).rejects.toMatchObject({ code: "argument.invalid" });
  const hasDraft = () => readdirSync(place.root).some((name) => name.endsWith(".part"));
  await expect.poll(hasDraft).toBe(false);
  expect(readFileSync(at("real"), "utf8")).toBe("new");
});

test("a lost connection leaves no unfinished file", async () => {
  await using agent = await startAgent();
  const guest = await agent.connect();
  const endless = async function* () {
    for (;;) yield Buffer.alloc(65_536);
  };
  const writing = guest.files.write(join(agent.path, "big"), endless());
  writing.catch(() => undefined);
  const drafts = () => readdirSync(agent.path).filter((name) => name.endsWith(".part")).length;
  await expect.poll(drafts).toBe(1);
  await guest.close();
  await expect.poll(drafts).toBe(0);
  await expect(writing).rejects.toMatchObject({ code: "resource.closed" });
  expect(readdirSync(agent.path)).not.toContain("big");
});

test("what is no plain file is neither read nor replaced, and never waited for", async () => {
  await using place = await openPlace();
  const { files, processes } = place.guest;
  const queue = join(place.root, "queue");
  await (await processes.start({ argv: ["/usr/bin/mkfifo", queue] })).exit;
  await expect(files.read(queue)).rejects.toMatchObject({ code: "argument.invalid" });
  await expect(files.write(queue, bytesOf("x"))).rejects.toMatchObject({
    code: "argument.invalid",
  });
  await expect(files.read(place.root)).rejects.toMatchObject({ code: "argument.invalid" });
  await expect(files.list(queue)).rejects.toMatchObject({ code: "argument.invalid" });
  await expect(files.stat(join(place.root, "none"))).rejects.toMatchObject({
    code: "resource.missing",
  });
  for (const path of ["", "/", "..", ".", `${place.root}/..`]) {
    await expect(files.remove(path, { isRecursive: true })).rejects.toMatchObject({
      code: "argument.invalid",
    });
  }
});

test.runIf(isRoot)("an operation has the rights of the user that it is done for", async () => {
  await using place = await openPlace();
  const { files } = place.guest;
  const at = (path: string) => join(place.root, path);
  mkdirSync(at("theirs"));
  await files.change(at("theirs"), { uid: 65534, gid: 65534 });
  await files.write(at("theirs/file"), bytesOf("mine"), { user: "nobody" });
  expect(await files.stat(at("theirs/file"))).toMatchObject({
    uid: 65534,
    owner: "nobody",
    mode: 0o644,
  });
  await expect(files.read("/etc/shadow", { user: "nobody" })).rejects.toMatchObject({
    code: "permission.denied",
  });
  await expect(files.write(at("ours"), bytesOf(""), { user: "nobody" })).rejects.toMatchObject({
    code: "permission.denied",
  });
  await expect(files.stat("/", { user: "no-such-user" })).rejects.toMatchObject({
    code: "argument.invalid",
  });
});

test("extended attributes come back as they were set", async (context) => {
  await using place = await openPlace();
  const { files } = place.guest;
  const path = join(place.root, "file");
  writeFileSync(path, "");
  const value = new Uint8Array([0, 1, 255, 0]);
  try {
    await files.setAttribute(path, { name: "user.bedplate.key", value });
  } catch {
    context.skip("the scratch folder's file system has no attributes");
  }
  const attributes = await files.attributes(path);
  expect([...attributes.keys()]).toEqual(["user.bedplate.key"]);
  expect(Buffer.from(attributes.get("user.bedplate.key") ?? []).equals(value)).toBe(true);
  await files.setAttribute(path, { name: "user.bedplate.key", value: undefined });
  expect((await files.attributes(path)).size).toBe(0);
  await files.write(path, bytesOf("new"), {
    attributes: new Map([
      ["user.one", value],
      ["user.two", new Uint8Array(0)],
    ]),
  });
  expect([...(await files.attributes(path)).keys()].sort()).toEqual(["user.one", "user.two"]);
  await files.write(path, bytesOf("newer"));
  expect((await files.attributes(path)).size).toBe(0);
});

test("names that are no text are listed with their bytes, and can be used", async () => {
  await using place = await openPlace();
  const raw = Buffer.concat([Buffer.from(`${place.root}/`), Buffer.from([0x66, 0xff, 0x6f])]);
  writeFileSync(raw, "odd");
  const found = [];
  for await (const each of await place.guest.files.list(place.root))
    if (each.rawPath !== undefined) found.push(each);
  expect(found).toHaveLength(1);
  expect([found[0]?.path, await textOf((await place.guest.files.read(raw)).body)]).toEqual([
    "f\ufffdo",
    "odd",
  ]);
});

test("a tree deeper than any path is removed", async () => {
  await using place = await openPlace();
  const script = `chdir "${place.root}"; mkdir "deep"; chdir "deep"; for (1..3000) { mkdir "d"; chdir "d" }`;
  const made = await place.guest.processes.start({ argv: ["/usr/bin/perl", "-e", script] });
  expect(await made.exit).toMatchObject({ code: 0 });
  await place.guest.files.remove(join(place.root, "deep"), { isRecursive: true });
  expect(readdirSync(place.root)).not.toContain("deep");
});

test("64 MiB go in and come out unchanged, while a slow reader holds nobody else up", async () => {
  await using place = await openPlace();
  const { files } = place.guest;
  const path = join(place.root, "big");
  const block = Buffer.from(Array.from({ length: 65_536 }, (_, at) => (at * 7 + (at >> 8)) & 255));
  const blocks = Array.from({ length: 1024 }, () => block);
  expect(await files.write(path, bytesOf(...blocks))).toBe(64 * 1024 * 1024);
  const slow = (await files.read(path)).body.getReader();
  await slow.read();
  let bytes = 0;
  for await (const chunk of (await files.read(path)).body) {
    const from = bytes % block.length;
    expect(
      Buffer.compare(chunk, Buffer.concat([block.subarray(from), block]).subarray(0, chunk.length)),
    ).toBe(0);
    bytes += chunk.length;
  }
  expect(bytes).toBe(64 * 1024 * 1024);
  await place.guest.ping();
  expect(place.agent.residentKib).toBeLessThan(8192);
  await slow.cancel();
});

async function* failing(): AsyncGenerator<Uint8Array> {
  yield Buffer.alloc(100_000);
  throw new Error("the source broke");
}
