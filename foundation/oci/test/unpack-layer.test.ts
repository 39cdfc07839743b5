import { execFileSync } from "node:child_process";
import {
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  statSync,
} from "node:fs";
import { join } from "node:path";
import { hasUnpacker, unpackLayer } from "@bedplate/oci";
import { openScratchFolder } from "@bedplate/testkit";
import { expect, it } from "vitest";
import { describeOnHost } from "./describe-on-host.ts";
import { type Member, makeTar } from "./make-tar.ts";

const bounds = { bytesMax: 1_000_000, entriesMax: 1000 };
const missing = process.getuid?.() === 0 && hasUnpacker() ? [] : ["root on Linux for x86-64"];

describeOnHost("a layer", missing, () => {
  it("has its files with owners, modes, times, attributes and links", async () => {
    using place = scratch();
    const path = await unpack(place.path, [
      { path: "etc/", type: "5", mode: 0o750, uid: 7, modifiedAt: 1_000 },
      { path: "etc/one", text: "1", mode: 0o4640, uid: 1000, modifiedAt: 1_234.5 },
      { path: "etc/two", type: "1", target: "etc/one" },
      { path: "link", type: "2", target: "/etc/one" },
      { path: "also", type: "1", target: "link" },
      { path: "noted", text: "x", attributes: new Map([["user.note", Buffer.from("kept")]]) },
      { path: `${"long/".repeat(40)}name`, text: "deep" },
    ]);
    const one = statSync(join(path, "etc/one"));
    expect([one.mode & 0o7777, one.uid, one.gid, one.mtimeMs, one.nlink]).toEqual([
      0o4640, 1000, 1000, 1_234_500, 2,
    ]);
    const etc = statSync(join(path, "etc"));
    expect([etc.mode & 0o7777, etc.uid, etc.mtimeMs]).toEqual([0o750, 7, 1_000_000]);
    expect(readlinkSync(join(path, "link"))).toBe("/etc/one");
    expect(readlinkSync(join(path, "also"))).toBe("/etc/one");
    expect(readFileSync(join(path, `${"long/".repeat(40)}name`), "utf8")).toBe("deep");
    expect(attributesOf(join(path, "noted"))).toContain('user.note="kept"');
  });

  it("hides what is below as an overlay understands it", async () => {
    using place = scratch();
    const path = await unpack(place.path, [
      { path: "etc/.wh.one" },
      { path: "folder/", type: "5", mode: 0o755 },
      { path: "folder/.wh..wh..opq" },
      { path: "folder/new", text: "y" },
    ]);
    const hidden = lstatSync(join(path, "etc/one"));
    expect([hidden.isCharacterDevice(), hidden.rdev]).toEqual([true, 0]);
    expect(attributesOf(join(path, "folder"))).toContain('trusted.overlay.opaque="y"');
    expect(readdirSync(join(path, "folder"))).toEqual(["new"]);
  });

  it("takes the later of two members with one name, and no device", async () => {
    using place = scratch();
    const path = await unpack(place.path, [
      { path: "a", text: "first" },
      { path: "a", text: "second" },
      { path: "b", type: "2", target: "/etc/passwd" },
      { path: "b", text: "not written through the link" },
      { path: "c/", type: "5" },
      { path: "c", text: "a file now" },
      { path: "null", type: "3" },
    ]);
    expect(readFileSync(join(path, "a"), "utf8")).toBe("second");
    expect(lstatSync(join(path, "b")).isFile()).toBe(true);
    expect(readFileSync(join(path, "c"), "utf8")).toBe("a file now");
    expect(readdirSync(path).toSorted()).toEqual(["a", "b", "c"]);
  });

  const outside = "../../outside";
  const tricks: Readonly<Record<string, readonly Member[]>> = {
    "an absolute path": [{ path: "/tmp/bpo-escaped", text: "x" }],
    "a path upwards": [{ path: "a/../../bpo-escaped", text: "x" }],
    "a path through a link": [
      { path: "a", type: "2", target: "/tmp" },
      { path: "a/bpo-escaped", text: "x" },
    ],
    "a path through a link upwards": [
      { path: "a", type: "2", target: ".." },
      { path: "a/bpo-escaped", text: "x" },
    ],
    "a path through a link that looks like a folder": [
      { path: "a/", type: "5" },
      { path: "a/b/", type: "5" },
      { path: "c", type: "2", target: "a/b" },
      { path: "c/bpo-escaped", text: "x" },
    ],
    "a folder over a link": [
      { path: "a", type: "2", target: outside },
      { path: "a/", type: "5", mode: 0o777 },
      { path: "a/b/", type: "5" },
      { path: "b", type: "2", target: outside },
      { path: "b/bpo-escaped", text: "x" },
    ],
    "a hard link that leads out": [{ path: "a", type: "1", target: "../../etc/passwd" }],
    "a hard link to an absolute path": [{ path: "a", type: "1", target: "/etc/passwd" }],
    "a hard link through a link": [
      { path: "a", type: "2", target: "/etc" },
      { path: "b", type: "1", target: "a/passwd" },
    ],
    "a hard link to nothing": [{ path: "a", type: "1", target: "b" }],
    "a hard link to a folder": [
      { path: "a/", type: "5" },
      { path: "b", type: "1", target: "a" },
    ],
    "a whiteout of the folder above": [{ path: "a/.wh...", text: "" }],
    "a whiteout through a link": [
      { path: "a", type: "2", target: "/tmp" },
      { path: "a/.wh.x", text: "" },
    ],
    "an opaque folder through a link": [
      { path: "a", type: "2", target: "/tmp" },
      { path: "a/.wh..wh..opq", text: "" },
    ],
    "a file where a folder has something in it": [
      { path: "a/b", text: "x" },
      { path: "a", text: "y" },
    ],
    "more than it may hold": [{ path: "a", text: "x".repeat(1_000_001) }],
    "more files than it may have": Array.from({ length: 1001 }, (_, at) => ({ path: `f${at}` })),
    "an owner that machines do not have": [{ path: "a", uid: 65_536 }],
    "a sparse file": [{ path: "a", type: "S" }],
    "a name that is too long": [{ path: "x".repeat(256) }],
  };
  it.each(Object.keys(tricks))("with %s is refused, and nothing is outside", async (name) => {
    using place = scratch();
    mkdirSync(join(place.path, "outside"));
    await expect(unpack(place.path, tricks[name] ?? [])).rejects.toThrow();
    expect(existsSync("/tmp/bpo-escaped")).toBe(false);
    expect(existsSync("/tmp/x")).toBe(false);
    expect(readdirSync(place.path).toSorted()).toEqual(["a", "outside"]);
    expect(readdirSync(join(place.path, "outside"))).toEqual([]);
    expect(readdirSync(join(place.path, "a"))).toEqual(["layer"]);
  });

  it("keeps no attribute by which an overlay would be led elsewhere", async () => {
    using place = scratch();
    const attributes = new Map(
      ["trusted.overlay.redirect", "trusted.overlay.opaque", "security.capability"].map(
        (name) => [name, Buffer.from("/etc")] as const,
      ),
    );
    const path = await unpack(place.path, [{ path: "a/", type: "5", attributes }]);
    expect(attributesOf(join(path, "a"))).toEqual("");
  });

  it("that is cut or damaged is refused", async () => {
    using place = scratch();
    const tar = makeTar([{ path: "a", text: "x".repeat(5000) }]);
    const damaged = Buffer.from(tar);
    damaged[20] = 0x41;
    for (const bytes of [tar.subarray(0, 2000), tar.subarray(0, 300), damaged]) {
      await expect(unpackBytes(place.path, bytes)).rejects.toThrow();
    }
  });
});

function scratch() {
  return openScratchFolder("bpo-layer");
}

function attributesOf(path: string): string {
  const script =
    "import os,sys\nfor n in os.listxattr(sys.argv[1], follow_symlinks=False): print(n + '=\"' + os.getxattr(sys.argv[1], n, follow_symlinks=False).decode() + '\"')";
  return execFileSync("python3", ["-c", script, path], { encoding: "utf8" });
}

function unpack(place: string, members: readonly Member[]): Promise<string> {
  return unpackBytes(place, makeTar(members));
}

/** In a folder of a folder, so that what leads upwards is found. */
async function unpackBytes(place: string, bytes: Uint8Array): Promise<string> {
  const folder = join(place, "a", "layer");
  mkdirSync(folder, { recursive: true });
  async function* source() {
    for (let at = 0; at < bytes.length; at += 700) yield bytes.subarray(at, at + 700);
  }
  await unpackLayer(source(), { folder, bounds });
  return folder;
}
