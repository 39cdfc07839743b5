import { execFileSync } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { openScratchFolder } from "@bedplate/testkit";
import { expect, test } from "vitest";
import { bytesOf, startAgent, users } from "./support/agent.ts";
import { type TarEntry, tarOf } from "./support/tar-of.ts";

async function gather(stream: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  return Buffer.concat(chunks);
}

test.for(users)("a folder goes out as a tar and comes back the same (uid %s)", async (uid) => {
  await using agent = await startAgent({ uid });
  await using guest = await agent.connect();
  const at = (path: string) => join(agent.path, path);
  const long = `${"long-name-".repeat(12)}/${"another-".repeat(20)}`;
  await guest.files.write(at(`tree/${long}`), bytesOf("deep"), { makesParents: true });
  await guest.files.write(at("tree/exact"), bytesOf(Buffer.alloc(1024, 1)), { mode: 0o751 });
  await guest.files.write(at("tree/empty"), bytesOf());
  await guest.files.symlink(at("tree/link"), `/${"far/".repeat(40)}`);
  await (await guest.processes.start({ argv: ["/usr/bin/mkfifo", at("tree/queue")] })).exit;
  const { archive, leftOut } = await guest.files.pack(at("tree"));
  const bytes = await gather(archive);
  expect(await leftOut).toBe(1);
  const names = execFileSync("tar", ["-tf", "-"], { input: bytes, encoding: "utf8" })
    .trim()
    .split("\n")
    .sort();
  expect(names).toEqual(["empty", "exact", "link", `${long.split("/")[0]}/`, long].sort());
  expect(await guest.files.unpack(at("copy"), bytesOf(bytes), { makesParents: true })).toBe(5);
  expect(readFileSync(at(`copy/${long}`), "utf8")).toBe("deep");
  expect(statSync(at("copy/exact")).mode & 0o777).toBe(0o751);
  expect(readlinkSync(at("copy/link"))).toBe(`/${"far/".repeat(40)}`);
  expect(statSync(at("copy/empty")).size).toBe(0);
});

test("what GNU tar packs, in each of its forms, is unpacked", async () => {
  await using agent = await startAgent();
  await using guest = await agent.connect();
  const source = join(agent.path, "source");
  const long = `${"x".repeat(120)}/${"y".repeat(200)}`;
  mkdirSync(join(source, "x".repeat(120)), { recursive: true });
  writeFileSync(join(source, long), "long");
  writeFileSync(join(source, "first"), "same");
  execFileSync("ln", [join(source, "first"), join(source, "second")]);
  for (const form of ["gnu", "pax", "ustar"]) {
    const given = form === "ustar" ? ["first", "second"] : ["."];
    const bytes = execFileSync("tar", ["-C", source, `--format=${form}`, "-cf", "-", ...given], {
      maxBuffer: 1e8,
    });
    const target = join(agent.path, form);
    await guest.files.unpack(target, bytesOf(bytes), { makesParents: true });
    expect(readFileSync(join(target, "second"), "utf8")).toBe("same");
    expect(statSync(join(target, "second")).ino).toBe(statSync(join(target, "first")).ino);
    if (form !== "ustar") expect(readFileSync(join(target, long), "utf8")).toBe("long");
  }
});

const unsafe: readonly (readonly [string, readonly TarEntry[]])[] = [
  ["an absolute path", [{ name: "/etc/evil", body: "x" }]],
  ["a path with ..", [{ name: "a/../../evil", body: "x" }]],
  [".. alone", [{ name: "..", type: "5" }]],
  [
    "a file through a link",
    [
      { name: "l", type: "2", link: "/tmp" },
      { name: "l/evil", body: "x" },
    ],
  ],
  [
    "a folder through a link",
    [
      { name: "l", type: "2", link: ".." },
      { name: "l/evil/", type: "5" },
    ],
  ],
  [
    "a folder that is a link",
    [
      { name: "l", type: "2", link: ".." },
      { name: "l/", type: "5" },
    ],
  ],
  ["a hard link to outside", [{ name: "h", type: "1", link: "/etc/passwd" }]],
  ["a hard link with ..", [{ name: "h", type: "1", link: "../outside/file" }]],
  [
    "a hard link through a link",
    [
      { name: "l", type: "2", link: "../outside" },
      { name: "h", type: "1", link: "l/file" },
    ],
  ],
  [
    "a hard link to a link",
    [
      { name: "l", type: "2", link: "../outside/file" },
      { name: "h", type: "1", link: "l" },
    ],
  ],
  ["a device", [{ name: "null", type: "3" }]],
  ["a block device", [{ name: "disk", type: "4" }]],
  ["a queue", [{ name: "queue", type: "6" }]],
  ["a type that nobody knows", [{ name: "odd", type: "Z" }]],
];

test.for(unsafe)("an archive with %s is refused, and nothing is outside", async ([, entries]) => {
  using scratch = openScratchFolder("guest-tar");
  mkdirSync(join(scratch.path, "root/target"), { recursive: true });
  mkdirSync(join(scratch.path, "root/outside"));
  writeFileSync(join(scratch.path, "root/outside/file"), "outside");
  await using agent = await startAgent({ root: join(scratch.path, "root") });
  await using guest = await agent.connect();
  const unpacking = guest.files.unpack("/target", bytesOf(tarOf(entries)));
  await expect(unpacking).rejects.toMatchObject({ code: "argument.invalid" });
  expect(readdirSync(join(scratch.path, "root")).sort()).toEqual(["outside", "target"]);
  expect(readdirSync(join(scratch.path, "root/outside"))).toEqual(["file"]);
  expect(statSync(join(scratch.path, "root/outside/file")).nlink).toBe(1);
  expect(existsSync("/tmp/evil")).toBe(false);
});

test("broken archives, and those beyond a limit, are refused", async () => {
  await using agent = await startAgent();
  await using guest = await agent.connect();
  const target = join(agent.path, "target");
  mkdirSync(target);
  const good = tarOf([{ name: "a", body: "x".repeat(2000) }]);
  const refused = async (bytes: Uint8Array, more = {}) => {
    const unpacking = guest.files.unpack(target, bytesOf(bytes), more);
    await expect(unpacking).rejects.toMatchObject({
      fault: { kind: expect.stringMatching(/invalid|exhausted/) },
    });
  };
  await refused(good.subarray(0, 700));
  await refused(good.subarray(0, 300));
  await refused(Buffer.concat([Buffer.alloc(1, 65), good]));
  await refused(tarOf([{ name: "s", type: "x", body: "99 path=short\n" }]));
  await refused(
    tarOf([
      { name: "s", type: "x", body: "17 size=99999999\n" },
      { name: "a", body: "x" },
    ]),
  );
  await refused(good, { bytesMax: 1999 });
  await refused(tarOf([{ name: "a" }, { name: "b" }, { name: "c" }]), { entriesMax: 2 });
  await guest.ping();
});

test("an archive replaces files and links, never what a link leads to", async () => {
  await using agent = await startAgent();
  await using guest = await agent.connect();
  const target = join(agent.path, "target");
  mkdirSync(target);
  writeFileSync(join(agent.path, "precious"), "precious");
  symlinkSync("../precious", join(target, "file"));
  await guest.files.unpack(target, bytesOf(tarOf([{ name: "file", body: "new" }])));
  expect(readFileSync(join(agent.path, "precious"), "utf8")).toBe("precious");
  expect(readFileSync(join(target, "file"), "utf8")).toBe("new");
});
