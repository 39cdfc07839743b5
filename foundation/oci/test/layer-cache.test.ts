import { existsSync, mkdirSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { hasUnpacker, type LayerBlobs, LayerCache, layoutArchive, storeImage } from "@bedplate/oci";
import { openScratchFolder } from "@bedplate/testkit";
import { expect, it } from "vitest";
import { describeOnHost } from "./describe-on-host.ts";
import { PartStore } from "./image-store.ts";
import { layoutOf, type MakeImageOptions, makeImage } from "./make-layout.ts";
import type { Member } from "./make-tar.ts";

const missing = process.getuid?.() === 0 && hasUnpacker() ? [] : ["root on Linux for x86-64"];
const { signal } = new AbortController();

describeOnHost("the unpacked layers of a node", missing, () => {
  it.each(["none", "gzip", "zstd"] as const)(
    "are made of %s layers, lowest first",
    async (compression) => {
      using place = openScratchFolder("bpo-cache");
      const store = new PartStore();
      const layers = await stored(store, [[{ path: "a", text: "1" }], [{ path: "b", text: "2" }]], {
        compression,
      });
      const folders = await cacheIn(place.path).prepare(layers, { read: store.read, signal });
      expect(folders.map((each) => readdirSync(each))).toEqual([["a"], ["b"]]);
    },
  );

  it("are made once for all who ask at the same time, and read no more when they are there", async () => {
    using place = openScratchFolder("bpo-cache");
    const store = new PartStore();
    const layers = await stored(store, [[{ path: "a", text: "x".repeat(100_000) }]]);
    const cache = cacheIn(place.path);
    const prepare = () => cache.prepare(layers, { read: store.read, signal });
    const all = await Promise.all([prepare(), prepare(), prepare()]);
    expect(new Set(all.flat()).size).toBe(1);
    await cacheIn(place.path).prepare(layers, { read: store.read, signal });
    expect(store.reads).toBe(1);
  });

  it("are not had by who names another's layer without its parts", async () => {
    using place = openScratchFolder("bpo-cache");
    const store = new PartStore();
    const theirs = await stored(store, [[{ path: "secret", text: "theirs" }]]);
    const own = await stored(store, [[{ path: "a", text: "own" }]]);
    const cache = cacheIn(place.path);
    await cache.prepare(theirs, { read: store.read, signal });
    for (const parts of [[], own[0]?.parts ?? []]) {
      const forged = theirs.map((layer) => ({ ...layer, parts }));
      const had = cache.prepare(forged, { read: store.read, signal });
      await expect(had).rejects.toThrow();
    }
  });

  it("are made for the others where the first one left", async () => {
    using place = openScratchFolder("bpo-cache");
    const store = new PartStore();
    const layers = await stored(store, [[{ path: "a", text: "x" }]]);
    const cache = cacheIn(place.path);
    const leaving = new AbortController();
    const read = async (digest: string) => {
      leaving.abort();
      return store.read(digest, signal);
    };
    const first = cache.prepare(layers, { read, signal: leaving.signal });
    const second = cache.prepare(layers, { read: store.read, signal });
    await expect(first).rejects.toThrow(/abort/);
    const [folder = ""] = await second;
    expect(readFileSync(join(folder, "a"), "utf8")).toBe("x");
  });

  it("are never half there: what has other bytes leaves nothing, and can be had later", async () => {
    using place = openScratchFolder("bpo-cache");
    const store = new PartStore();
    const layers = await stored(store, [[{ path: "a", text: "right" }]], { compression: "none" });
    const [digest = ""] = layers[0]?.parts.map((each) => each.digest) ?? [];
    const damaged = Buffer.from(store.parts.get(digest) ?? []);
    damaged[512] = 0x57;
    const cache = cacheIn(place.path);
    const bad = cache.prepare(layers, { read: async () => damaged, signal });
    await expect(bad).rejects.toMatchObject({ fault: { code: "digest.mismatch" } });
    expect(readdirSync(place.path).filter((each) => !each.endsWith(".json"))).toEqual([]);
    const [folder = ""] = await cache.prepare(layers, { read: store.read, signal });
    expect(readFileSync(join(folder, "a"), "utf8")).toBe("right");
  });

  it("go when they are too many, the longest unused first, and never while they are used", async () => {
    using place = openScratchFolder("bpo-cache");
    const store = new PartStore();
    let now = Date.now();
    const cache = new LayerCache({ folder: place.path, bounds, bytesMax: 250_000, now: () => now });
    const names = ["one", "two", "three", "four"];
    const folders: string[] = [];
    for (const name of names) {
      const layers = await stored(store, [[{ path: name, text: "x".repeat(100_000) }]]);
      folders.push(...(await cache.prepare(layers, { read: store.read, signal })));
      now += 60_000;
      await cache.prepare(layers, { read: store.read, signal });
    }
    expect(await cache.sweep({ inUse: new Set() })).toEqual([]);
    now += 3_600_000;
    const [one = "", two = "", three = ""] = folders;
    expect(await cache.sweep({ inUse: new Set([one]) })).toEqual([two, three]);
    expect(folders.map(existsSync)).toEqual([true, false, false, true]);
  });

  it("are rid of what a process that died left half unpacked", async () => {
    using place = openScratchFolder("bpo-cache");
    mkdirSync(join(place.path, "draft-4194305-abc", "root"), { recursive: true });
    mkdirSync(join(place.path, `draft-${process.pid}-abc`));
    await cacheIn(place.path).sweep({ inUse: new Set() });
    expect(readdirSync(place.path)).toEqual([`draft-${process.pid}-abc`]);
    expect(statSync(place.path).isDirectory()).toBe(true);
  });
});

const bounds = { bytesMax: 1_000_000, entriesMax: 1000 };

function cacheIn(folder: string): LayerCache {
  return new LayerCache({ folder, bounds, bytesMax: 1_000_000, now: Date.now });
}

async function stored(
  store: PartStore,
  layers: readonly (readonly Member[])[],
  options: MakeImageOptions = {},
): Promise<readonly LayerBlobs[]> {
  const source = await layoutArchive(layoutOf(makeImage(layers, options)));
  const { root } = await storeImage(source, { keep: store.keep, bytesMax: 1_000_000, signal });
  return root.layers;
}
