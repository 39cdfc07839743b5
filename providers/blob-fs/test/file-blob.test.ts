import {
  mkdirSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { BlobStore } from "@bedplate/blob";
import { blobConformance } from "@bedplate/blob/conformance";
import { checkBlobModel } from "@bedplate/blob/conformance/model";
import { systemClock } from "@bedplate/clock";
import { killerOf } from "@bedplate/conformance";
import { describeConformance } from "@bedplate/conformance/vitest";
import { silentLog } from "@bedplate/telemetry";
import { faultOf, openScratchFolder } from "@bedplate/testkit";
import { expect, test } from "vitest";
import { openFileBlobOn } from "../src/file-blob.ts";
import { openFileBlob, provider } from "../src/index.ts";
import { pathOfKey } from "../src/key-path.ts";
import { type FileFlaws, openFileTarget } from "./file-kit.ts";
import { greedy, leaking, littering } from "./mutants.ts";
import { watchedDisk } from "./watched-disk.ts";

const noNetwork = "a local disk has no network on the way";

describeConformance({
  name: "blob-fs",
  cases: blobConformance,
  open: () => openFileTarget(),
  undeclared: ["BS47", "BS72", "BS75"],
  blocked: {
    BS60: "a local disk has no engine of its own",
    BS61: noNetwork,
    BS62: noNetwork,
    BS63: noNetwork,
    BS64: noNetwork,
    BS77: noNetwork,
    ...(process.platform !== "linux" && { BS65: "only Linux lists the files of a process" }),
  },
});

test("random operations do what a map does", () =>
  checkBlobModel(() => openFileTarget(), { runs: 20, stepsMax: 20 }));

test.for<readonly [string, FileFlaws]>([
  ["BS03", { driver: greedy }],
  ["BS49", { writer: "early" }],
  ["BS59", { disk: littering }],
  ...(process.platform === "linux" ? [["BS65", { driver: leaking }] as const] : []),
])("the suite kills a disk store that breaks %s", async ([id, flaws]) => {
  const options = { open: () => openFileTarget(flaws), timeoutMs: 10_000 };
  expect(await killerOf([id], blobConformance, options)).toBe(id);
});

const bytes = (text: string) => new TextEncoder().encode(text);

test("a file and then its folder are synced before a put is answered, and the folder before a delete", async () => {
  using folder = openScratchFolder();
  const seen: string[] = [];
  const disk = watchedDisk(folder.path, seen);
  await using store = new BlobStore(await openFileBlobOn(disk, { path: folder.path }));
  await store.put("other", bytes("folders are there"));
  seen.length = 0;
  await store.put("a", bytes("body"));
  expect(seen).toEqual([
    "create temporary file",
    "append temporary file",
    "append temporary file",
    "sync temporary file",
    "rename to named/61.b",
    "sync folder named",
  ]);
  seen.length = 0;
  await store.delete("a");
  expect(seen).toEqual(["unlink named/61.b", "sync folder named"]);
});

test("new folders are synced from the outermost one in", async () => {
  using folder = openScratchFolder();
  const seen: string[] = [];
  const disk = watchedDisk(folder.path, seen);
  await using store = new BlobStore(await openFileBlobOn(disk, { path: folder.path }));
  seen.length = 0;
  await store.put("x".repeat(250), bytes("body"));
  const folders = seen.filter((each) => each.startsWith("sync folder"));
  const part = `${"78".repeat(100)}.d`;
  expect(folders).toEqual([
    "sync folder named",
    `sync folder named/${part}`,
    `sync folder named/${part}/${part}`,
  ]);
});

test("sweep takes abandoned temporary files and leaves young ones", async () => {
  using folder = openScratchFolder();
  await using store = new BlobStore(await openFileBlob({ path: folder.path }));
  const temporary = join(folder.path, "temporary");
  for (const name of ["old", "young"]) writeFileSync(join(temporary, name), "left over");
  utimesSync(join(temporary, "old"), 0, 0);
  await store.sweep();
  expect(readdirSync(temporary)).toEqual(["young"]);
});

test("a file that is cut short is reported as corrupt, and can be replaced and deleted", async () => {
  using folder = openScratchFolder();
  await using store = new BlobStore(await openFileBlob({ path: folder.path }));
  await store.put("a", new Uint8Array(1_000));
  const file = join(folder.path, pathOfKey("a"));
  const whole = readFileSync(file);
  for (const length of [0, 5, 500, whole.length - 1]) {
    writeFileSync(file, whole.subarray(0, length));
    expect(await faultOf(store.get("a"))).toMatchObject({ code: "data.corrupt" });
    expect(await faultOf(store.stat("a"))).toMatchObject({ code: "data.corrupt" });
  }
  writeFileSync(file, whole.subarray(1));
  expect(await faultOf(store.get("a"))).toMatchObject({ code: "data.corrupt" });
  const wrong = store.put("a", bytes("1"), { condition: { version: "v" } });
  expect(await faultOf(wrong)).toMatchObject({ detail: { actual: "damaged" } });
  expect(await store.delete("a")).toBe(true);
  await store.put("a", bytes("new"), { condition: "absent" });
});

test("a file under another key's name is reported as corrupt", async () => {
  using folder = openScratchFolder();
  await using store = new BlobStore(await openFileBlob({ path: folder.path }));
  await store.put("a", bytes("a"));
  writeFileSync(join(folder.path, pathOfKey("b")), readFileSync(join(folder.path, pathOfKey("a"))));
  expect(await faultOf(store.get("b"))).toMatchObject({ code: "data.corrupt" });
});

test("content lies under its digest, and no key leaves the folder", async () => {
  using folder = openScratchFolder();
  await using store = new BlobStore(await openFileBlob({ path: folder.path }));
  const { key } = await store.putContent(bytes("content"));
  const hex = key.slice("sha256:".length);
  const raw = readFileSync(join(folder.path, "content", hex.slice(0, 2), `${hex}.b`));
  expect(raw.subarray(0, 7).toString()).toBe("content");
  for (const name of ["../../x", "/etc/x", "a/../../b", "..", "A"]) {
    await store.put(name, new Uint8Array(1));
    // No upper case, so that file systems that do not know it keep keys apart.
    expect(pathOfKey(name)).toMatch(/^named\/[0-9a-f]+\.b$/);
  }
  expect(readdirSync(folder.path).sort()).toEqual(["content", "lock.db", "named", "temporary"]);
});

test("a link among the folders leads neither a read nor a write nor a delete out of them", async () => {
  using folder = openScratchFolder();
  using outside = openScratchFolder();
  const path = join(folder.path, "blobs");
  await using store = new BlobStore(await openFileBlob({ path }));
  writeFileSync(join(outside.path, "secret"), "secret");
  symlinkSync(join(outside.path, "secret"), join(path, pathOfKey("a")));
  expect(await faultOf(store.get("a"))).toMatchObject({ code: "data.corrupt" });
  const key = "x".repeat(150);
  symlinkSync(outside.path, dirname(join(path, pathOfKey(key))));
  expect(await faultOf(store.put(key, bytes("1")))).toMatchObject({ code: "data.corrupt" });
  expect(readdirSync(outside.path)).toEqual(["secret"]);
  await store.put("a", bytes("the link is replaced"));
  expect(readFileSync(join(outside.path, "secret"), "utf8")).toBe("secret");
});

test("a folder that may not be written is a refusal, not an outage", async () => {
  using folder = openScratchFolder();
  const denied = Object.assign(new Error("denied"), { code: "EACCES" });
  const disk = { ...watchedDisk(folder.path, []), create: () => Promise.reject(denied) };
  await using store = new BlobStore(await openFileBlobOn(disk, { path: folder.path }));
  expect(await faultOf(store.put("a", bytes("1")))).toMatchObject({ code: "provider.denied" });
});

test("a scratch place is beside the blobs, is shared, and leaves nothing", async () => {
  using folder = openScratchFolder();
  const root = join(folder.path, "new", "blobs");
  const host = { clock: systemClock, log: silentLog, variables: {} };
  const url = pathToFileURL(root).href;
  {
    await using place = await provider.openScratch(url, host);
    await using one = new BlobStore(await place.open());
    await using two = new BlobStore(await place.open());
    await one.put("a", bytes("shared"));
    expect(Buffer.from((await two.get("a")) ?? []).toString()).toBe("shared");
  }
  expect(readdirSync(folder.path)).toEqual([]);
  await using store = new BlobStore(await provider.open(url, host));
  await store.put("a", bytes("a"));
  {
    await using place = await provider.openScratch(url, host);
    await using scratch = new BlobStore(await place.open());
    expect(await scratch.get("a")).toBeNull();
  }
  expect(readdirSync(root).sort()).toEqual(["content", "lock.db", "named", "temporary"]);
  mkdirSync(join(folder.path, "other"));
  const wrong = provider.open(`${url}?depth=2`, host);
  expect(await faultOf(wrong)).toMatchObject({ code: "argument.invalid" });
});
