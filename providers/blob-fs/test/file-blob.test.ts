import { mkdirSync, readdirSync, readFileSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { BlobStore } from "@bedplate/blob";
import { type BlobKit, blobConformance } from "@bedplate/blob/conformance";
import { VirtualClock } from "@bedplate/clock";
import type { OpenedTarget } from "@bedplate/conformance";
import { describeConformance } from "@bedplate/conformance/vitest";
import { killAfterLines, openScratchFolder } from "@bedplate/testkit";
import { expect, test } from "vitest";
import { openFileBlob } from "../src/index.ts";
import { pathOfKey } from "../src/key-path.ts";

const limits = { bodyBytesMax: 1024 * 1024 };

async function open(): Promise<OpenedTarget<BlobStore, BlobKit>> {
  const held = new AsyncDisposableStack();
  const path = held.use(openScratchFolder()).path;
  const clock = new VirtualClock();
  const openStore = async () =>
    held.use(new BlobStore(await openFileBlob({ path, clock, limits, abandonedMs: 0 }), { clock }));
  const target = await openStore();
  const kit = {
    clock,
    seed: "fs",
    second: openStore,
    reopen: async () => {
      await target.close();
      return openStore();
    },
    strayBytes: async () => sizeOf(join(path, "temporary")),
    flipByte: async (key: string) => {
      const file = join(path, pathOfKey(key));
      const bytes = readFileSync(file);
      bytes[1] = (bytes[1] ?? 0) ^ 1;
      writeFileSync(file, bytes);
    },
    crash: async (linesMin: number) => {
      await target.close();
      const module = new URL("crash-writer.ts", import.meta.url);
      const reports = await killAfterLines(module, { args: [path], linesMin });
      return { reports, store: await openStore() };
    },
  };
  return { target, kit, [Symbol.asyncDispose]: () => held.disposeAsync() };
}

/** A file may go between the listing and the look at it. */
function sizeOf(folder: string): number {
  const sizes = readdirSync(folder).map(
    (name) => statSync(join(folder, name), { throwIfNoEntry: false })?.size ?? 0,
  );
  return sizes.reduce((sum, size) => sum + size, 0);
}

describeConformance({ name: "blob-fs", cases: blobConformance, open });

test("open sweeps abandoned temporary files and leaves young ones", async () => {
  using folder = openScratchFolder();
  const temporary = join(folder.path, "temporary");
  mkdirSync(temporary, { recursive: true });
  for (const name of ["old", "young"]) writeFileSync(join(temporary, name), "left over");
  utimesSync(join(temporary, "old"), 0, 0);
  await using _driver = await openFileBlob({ path: folder.path });
  expect(readdirSync(temporary)).toEqual(["young"]);
});

test("a file that is cut short is reported as corrupt", async () => {
  using folder = openScratchFolder();
  await using store = new BlobStore(await openFileBlob({ path: folder.path }));
  await store.put("a", new Uint8Array(1_000));
  const file = join(folder.path, pathOfKey("a"));
  const whole = readFileSync(file);
  for (const length of [0, 5, 500, whole.length - 1]) {
    writeFileSync(file, whole.subarray(0, length));
    await expect(store.get("a")).rejects.toMatchObject({ code: "data.corrupt" });
    await expect(store.stat("a")).rejects.toMatchObject({ code: "data.corrupt" });
  }
  writeFileSync(file, whole.subarray(1));
  await expect(store.get("a")).rejects.toMatchObject({ code: "data.corrupt" });
});

test("content lies under its digest, and no key leaves the folder", async () => {
  using folder = openScratchFolder();
  await using store = new BlobStore(await openFileBlob({ path: folder.path }));
  const { key } = await store.putContent(new TextEncoder().encode("content"));
  const hex = key.slice("sha256:".length);
  const raw = readFileSync(join(folder.path, "content", hex.slice(0, 2), `${hex}.b`));
  expect(raw.subarray(0, 7).toString()).toBe("content");
  for (const name of ["../../x", "/etc/x", "a/../../b"]) await store.put(name, new Uint8Array(1));
  expect(readdirSync(folder.path).sort()).toEqual(["content", "named", "temporary"]);
});
