import { deepStrictEqual, notStrictEqual, ok, strictEqual } from "node:assert/strict";
import { expectFault, expectNoTrace } from "@bedplate/conformance";
import { bytes, type CacheCase, dump, put, read, retains, textOf, ttlMs } from "./cache-case.ts";

/** Values, keys, batches and limits. */
export const valueCases: readonly CacheCase[] = [
  {
    id: "CS01",
    law: "what was never written is a miss",
    async run(cache) {
      strictEqual(await cache.get("a"), null);
      deepStrictEqual(await cache.getMany(["a", "b"]), [null, null]);
      deepStrictEqual(await cache.getMany([]), []);
    },
  },
  {
    id: "CS02",
    law: "a hit is what was written, byte for byte",
    when: retains,
    async run(cache) {
      const value = Uint8Array.from({ length: 256 }, (_, i) => i);
      const version = await cache.set("a", value, { ttlMs });
      const hit = await cache.get("a");
      deepStrictEqual(Uint8Array.from(hit?.value ?? []), value);
      deepStrictEqual([hit?.version, hit?.isStale], [version, false]);
      ok((hit?.ageMs ?? -1) >= 0 && (hit?.ageMs ?? ttlMs) < ttlMs);
    },
  },
  {
    id: "CS03",
    law: "buffers belong to the caller: changing one later changes nothing that is cached",
    when: retains,
    async run(cache) {
      const value = bytes("one");
      const writing = cache.set("a", value, { ttlMs });
      value.fill(0);
      await writing;
      const first = await cache.get("a");
      strictEqual(textOf(first), "one");
      first?.value?.fill(0);
      strictEqual(await read(cache, "a"), "one");
    },
  },
  {
    id: "CS04",
    law: "keys and namespaces do not meet, however they are spelled",
    async run(cache) {
      const spellings = [
        "a",
        "a:b",
        "a/b",
        "b",
        ":b",
        "a\0b",
        "b/b",
        "b/a",
        "{a}b",
        "a*",
        "a%3Ab",
        "A",
        "a b",
      ];
      const places = ["a", "a/b", "a.b", "a/b/c", "b"].map((name) => cache.in(name));
      for (const [index, place] of places.entries()) {
        for (const key of spellings) {
          if (key.length % 2 === index % 2) await put(place, key, `${index} ${key}`);
        }
      }
      for (const [index, place] of places.entries()) {
        const hits = await place.getMany(spellings);
        for (const [at, key] of spellings.entries()) {
          const isThere = cache.capabilities.retains && key.length % 2 === index % 2;
          strictEqual(textOf(hits[at] ?? null), isThere ? `${index} ${key}` : null);
        }
      }
      await expectFault("argument.invalid", cache.get("\ud800"));
      await expectFault("argument.invalid", cache.get(""));
    },
  },
  {
    id: "CS05",
    law: "the limits of keys, values and batches are exact",
    async run(cache) {
      const { keyBytesMax, valueBytesMax, batchMax, batchBytesMax } = cache.limits;
      const wide = "é".repeat(Math.floor(keyBytesMax / 2));
      await cache.set(wide, new Uint8Array(valueBytesMax), { ttlMs });
      const hit = await cache.get(wide);
      if (cache.capabilities.retains) strictEqual(hit?.value?.byteLength, valueBytesMax);
      await expectFault("argument.invalid", cache.get(`${wide}é`));
      const long = cache.set("a", new Uint8Array(valueBytesMax + 1), { ttlMs });
      await expectFault("argument.invalid", long);
      const keys = Array.from({ length: batchMax + 1 }, (_, i) => `k${i}`);
      strictEqual((await cache.getMany(keys.slice(1))).length, batchMax);
      await expectFault("argument.invalid", cache.getMany(keys));
      await expectFault("argument.invalid", cache.drop(keys));
      const items = keys.map((key) => ({ key, value: bytes(""), ttlMs }));
      strictEqual((await cache.setMany(items.slice(1))).length, batchMax);
      await expectFault("argument.invalid", cache.setMany(items));
      const whole = Math.floor(batchBytesMax / (valueBytesMax + 2));
      const full = Array.from({ length: whole }, (_, i) => ({
        key: String(10 + i),
        value: new Uint8Array(valueBytesMax),
        ttlMs,
      }));
      const rest = batchBytesMax - whole * (valueBytesMax + 2);
      const last = (length: number) => ({ key: "z", value: new Uint8Array(length), ttlMs });
      ok((await cache.setMany([...full, last(rest - 1)])).every((each) => each.ok));
      await expectFault("argument.invalid", cache.setMany([...full, last(rest)]));
    },
  },
  {
    id: "CS06",
    law: "an entry has a time to live: none, 0, a negative, a broken and a longer one are refused",
    async run(cache) {
      const { ttlMsMax } = cache.limits;
      await expectNoTrace(
        () => dump(cache, ["a"]),
        async () => {
          for (const wrong of [0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, ttlMsMax + 1]) {
            const refused = cache.set("a", bytes("a"), { ttlMs: wrong });
            await expectFault("argument.invalid", refused);
          }
          const none = { ttlMs: undefined } as unknown as { readonly ttlMs: number };
          await expectFault("argument.invalid", cache.set("a", bytes("a"), none));
        },
      );
      await cache.set("a", bytes("a"), { ttlMs: ttlMsMax });
      if (cache.capabilities.retains) strictEqual(await read(cache, "a"), "a");
    },
  },
  {
    id: "CS11",
    law: "a batch answers for each item, and a bad item does not spoil the others",
    when: retains,
    async run(cache) {
      await put(cache, "there");
      const results = await cache.setMany([
        { key: "a", value: bytes("1"), ttlMs },
        { key: "b", value: bytes("2"), ttlMs: 0 },
        { key: "there", value: bytes("3"), ttlMs, if: "absent" },
        { key: "c", value: bytes("4"), ttlMs },
      ]);
      const codes = results.map((each) => (each.ok ? "ok" : each.fault.code));
      deepStrictEqual(codes, ["ok", "argument.invalid", "version.mismatch", "ok"]);
      const effects = results.map((each) => (each.ok ? "applied" : each.fault.effect));
      deepStrictEqual(effects, ["applied", "none", "none", "applied"]);
      const hits = await cache.getMany(["a", "b", "there", "c"]);
      deepStrictEqual(hits.map(textOf), ["1", null, "there", "4"]);
    },
  },
  {
    id: "CS12",
    law: "a batch is answered in the order of the request, doubles included, and written in it",
    when: retains,
    async run(cache) {
      const results = await cache.setMany([
        { key: "b", value: bytes("1"), ttlMs },
        { key: "a", value: bytes("2"), ttlMs },
        { key: "b", value: bytes("3"), ttlMs },
      ]);
      const versions = results.map((each) => each.ok && each.version);
      strictEqual(new Set(versions).size, 3);
      const hits = await cache.getMany(["b", "x", "a", "b"]);
      deepStrictEqual(hits.map(textOf), ["3", null, "2", "3"]);
      strictEqual(hits[0]?.version, versions[2]);
      strictEqual(hits[2]?.version, versions[1]);
    },
  },
  {
    id: "CS13",
    law: "what was dropped is a miss, for everyone",
    when: retains,
    async run(cache, kit) {
      const other = await kit.second();
      for (let i = 0; i < 20; i++) {
        await put(cache, "a", `${i}`);
        await cache.drop(["a"]);
        if (isStrong(cache)) strictEqual(await other.get("a"), null);
        strictEqual(await cache.get("a"), null);
      }
    },
  },
  {
    id: "CS14",
    law: "a drop counts what was there, once",
    when: retains,
    async run(cache) {
      await put(cache, "a");
      await put(cache, "b");
      await put(cache.in("elsewhere"), "c");
      strictEqual(await cache.drop(["a", "c", "a", "x"]), 1);
      strictEqual(await cache.drop(["a"]), 0);
      strictEqual(await cache.drop([]), 0);
      strictEqual(await read(cache.in("elsewhere"), "c"), "c");
    },
  },
  {
    id: "CS18",
    law: "empty and falsy values are hits",
    when: retains,
    async run(cache) {
      for (const value of ["", "0", "null", "false", "\0"]) {
        await put(cache, "a", value);
        const hit = await cache.get("a");
        notStrictEqual(hit, null);
        strictEqual(Buffer.from(hit?.value ?? [9]).toString(), value);
      }
    },
  },
  {
    id: "CS53",
    law: "an aborted call rejects with the reason, and before it was sent it has no effect",
    async run(cache) {
      const reason = new Error("gone");
      const signal = AbortSignal.abort(reason);
      const refused = cache.set("a", bytes("a"), { ttlMs, signal });
      strictEqual(await refused.catch((error: unknown) => error), reason);
      const load = async () => bytes("b");
      const unfilled = cache.getOrFill("a", load, { ttlMs, signal });
      strictEqual(await unfilled.catch((error: unknown) => error), reason);
      strictEqual(await cache.get("a"), null);
    },
  },
];

/** Writes are seen by everyone once they are acknowledged. */
export function isStrong({ capabilities }: Parameters<typeof retains>[0]): boolean {
  return capabilities.retains && capabilities.coherence === "strong";
}
