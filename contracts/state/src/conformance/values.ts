import { deepStrictEqual, notStrictEqual, strictEqual } from "node:assert/strict";
import { expectFault, expectNoTrace } from "@bedplate/conformance";
import { bytes, dump, keysOf, put, type StateCase, textOf } from "./state-case.ts";

/** Keys, values, order, ranges and pages. */
export const valueCases: readonly StateCase[] = [
  {
    id: "SS01",
    law: "an absent key reads as null",
    async run(store) {
      strictEqual(await store.get("a"), null);
      deepStrictEqual(await store.getMany(["a", "b"]), [null, null]);
    },
  },
  {
    id: "SS02",
    law: "every byte and the empty value come back",
    async run(store) {
      const all = Uint8Array.from({ length: 256 }, (_, byte) => byte);
      await store.commit({
        ops: [
          { put: all, value: all },
          { put: "e", value: bytes("") },
        ],
      });
      deepStrictEqual(Uint8Array.from((await store.get(all))?.value ?? []), all);
      strictEqual((await store.get("e"))?.value.byteLength, 0);
    },
  },
  {
    id: "SS03",
    law: "the key limit is exact, and a key is not empty",
    async run(store) {
      const longest = "k".repeat(store.limits.keyBytesMax);
      await store.commit({ ops: [put(longest, "v")] });
      notStrictEqual(await store.get(longest), null);
      await expectNoTrace(
        () => dump(store),
        async () => {
          await expectFault("argument.invalid", store.commit({ ops: [put(`${longest}k`)] }));
          await expectFault("argument.invalid", store.commit({ ops: [put("")] }));
          await expectFault("argument.invalid", store.commit({ ops: [put("\ud800")] }));
        },
      );
    },
  },
  {
    id: "SS04",
    law: "the value limit is exact",
    async run(store) {
      const value = new Uint8Array(store.limits.valueBytesMax);
      await store.commit({ ops: [{ put: "a", value }] });
      strictEqual((await store.get("a"))?.value.byteLength, value.byteLength);
      const tooLong = new Uint8Array(value.byteLength + 1);
      await expectNoTrace(
        () => dump(store),
        () =>
          expectFault("argument.invalid", store.commit({ ops: [{ put: "b", value: tooLong }] })),
      );
    },
  },
  {
    id: "SS05",
    law: "buffers are copied on the way in and on the way out",
    async run(store) {
      const key = bytes("a");
      const value = bytes("value");
      const written = store.commit({ ops: [{ put: key, value }] });
      key.fill(0);
      value.fill(0);
      await written;
      const first = await store.get("a");
      deepStrictEqual(Uint8Array.from(first?.value ?? []), bytes("value"));
      first?.value.fill(0);
      first?.key.fill(0);
      const again = await store.list();
      deepStrictEqual(keysOf(again.entries), ["a"]);
      deepStrictEqual(Uint8Array.from(again.entries[0]?.value ?? []), bytes("value"));
    },
  },
  {
    id: "SS06",
    law: "keys are in unsigned byte order",
    async run(store) {
      const keys = [[0], [0, 0], [0, 1], [0x7f], [0x80], [0x80, 0xff], [0xff], [0xff, 0xff]];
      const ops = keys
        .toReversed()
        .map((each) => ({ put: Uint8Array.from(each), value: bytes("") }));
      await store.commit({ ops });
      const { entries } = await store.list();
      deepStrictEqual(
        entries.map((each) => [...each.key]),
        keys,
      );
    },
  },
  {
    id: "SS07",
    law: "a prefix that ends in ff finds its keys and no others",
    async run(store) {
      const keys = [[1, 0xff], [1, 0xff, 0], [1, 0xff, 0xff], [2], [0xff], [0xff, 0xff, 1]];
      const ops = keys.map((each) => ({ put: Uint8Array.from(each), value: bytes("") }));
      await store.commit({ ops });
      const under = await store.list({ prefix: Uint8Array.of(1, 0xff) });
      strictEqual(under.entries.length, 3);
      const top = await store.list({ prefix: Uint8Array.of(0xff) });
      strictEqual(top.entries.length, 2);
    },
  },
  {
    id: "SS08",
    law: "a range holds its start and not its end, and meets the prefix",
    async run(store) {
      await store.commit({ ops: ["a", "b", "b/1", "b/2", "b/3", "c"].map((key) => put(key)) });
      deepStrictEqual(keysOf((await store.list({ start: "b", end: "c" })).entries), [
        "b",
        "b/1",
        "b/2",
        "b/3",
      ]);
      const met = await store.list({ prefix: "b/", start: "b/2", end: "z" });
      deepStrictEqual(keysOf(met.entries), ["b/2", "b/3"]);
      deepStrictEqual((await store.list({ start: "c", end: "b" })).entries, []);
    },
  },
  {
    id: "SS09",
    law: "reverse is the same keys from the end",
    async run(store) {
      await store.commit({ ops: ["a", "b", "c", "d"].map((key) => put(key)) });
      const first = await store.list({ start: "b", reverse: true, limit: 2 });
      deepStrictEqual(keysOf(first.entries), ["d", "c"]);
      const rest = await store.list({ start: "b", reverse: true, limit: 2, cursor: first.next });
      deepStrictEqual(keysOf(rest.entries), ["b"]);
      strictEqual(rest.next, undefined);
    },
  },
  {
    id: "SS10",
    law: "the page limit is exact",
    async run(store) {
      await store.commit({ ops: ["a", "b"].map((key) => put(key)) });
      const { pageMax } = store.limits;
      await expectFault("argument.invalid", store.list({ limit: 0 }));
      await expectFault("argument.invalid", store.list({ limit: pageMax + 1 }));
      strictEqual((await store.list({ limit: pageMax })).entries.length, 2);
      strictEqual((await store.list({ limit: 1 })).entries.length, 1);
    },
  },
  {
    id: "SS11",
    law: "pages of any size cover every key once",
    async run(store) {
      const keys = Array.from({ length: 1_000 }, (_, i) => `k${String(i).padStart(4, "0")}`);
      for (let at = 0; at < keys.length; at += 200) {
        await store.commit({ ops: keys.slice(at, at + 200).map((key) => put(key)) });
      }
      for (const limit of [1, 2, 7]) {
        const seen: string[] = [];
        for await (const entry of store.listAll({ limit })) seen.push(...keysOf([entry]));
        deepStrictEqual(seen, keys);
      }
    },
  },
  {
    id: "SS12",
    law: "keys that stay are listed exactly once while others come and go",
    async run(store) {
      const stable = Array.from({ length: 30 }, (_, i) => `s${String(i).padStart(2, "0")}`);
      await store.commit({ ops: stable.flatMap((key) => [put(key), put(`${key}x`)]) });
      const seen: string[] = [];
      let turn = 0;
      for await (const entry of store.listAll({ limit: 4 })) {
        seen.push(...keysOf([entry]));
        const key = stable[turn++ % stable.length];
        await store.commit({
          ops: [{ delete: `${key}x` }, put(`${key}y${turn}`), put(`0${turn}`)],
        });
      }
      const kept = seen.filter((key) => stable.includes(key));
      deepStrictEqual(kept, stable);
      strictEqual(new Set(seen).size, seen.length);
    },
  },
  {
    id: "SS14",
    law: "a cursor opens only its own listing",
    async run(store) {
      await store.commit({ ops: ["a", "b", "c"].map((key) => put(key)) });
      const { next } = await store.list({ limit: 1 });
      const other = store.in("other");
      await expectFault("argument.invalid", store.list({ cursor: "AAAA" }));
      await expectFault("argument.invalid", store.list({ cursor: `${next}A` }));
      await expectFault("argument.invalid", store.list({ cursor: next, prefix: "a" }));
      await expectFault("argument.invalid", store.list({ cursor: next, reverse: true }));
      await expectFault("argument.invalid", other.list({ cursor: next }));
      strictEqual((await store.list({ cursor: next })).entries.length, 2);
    },
  },
  {
    id: "SS15",
    law: "namespaces share no key, no revision and no history",
    async run(store) {
      const [a, b] = [store.in("a"), store.in("a/")];
      await a.commit({ ops: [put("/x", "1")] });
      await a.commit({ ops: [put("y", "1")] });
      await b.commit({ ops: [put("x", "2")] });
      strictEqual(await b.get("y"), null);
      strictEqual(await a.get("x"), null);
      deepStrictEqual(keysOf((await b.list()).entries), ["x"]);
      deepStrictEqual([await a.head(), await b.head()], [2, 1]);
    },
  },
  {
    id: "SS16",
    law: "deleting what is absent is fine and takes no revision",
    async run(store) {
      await store.commit({ ops: [put("a")] });
      await expectNoTrace(
        () => dump(store),
        async () => {
          const { revision, versions } = await store.commit({ ops: [{ delete: "b" }] });
          deepStrictEqual({ revision, versions }, { revision: 1, versions: [null] });
        },
      );
    },
  },
  {
    id: "SS17",
    law: "a key that is made again never has an old version",
    async run(store) {
      const seen = new Set<string>();
      for (let turn = 0; turn < 5; turn++) {
        const { versions } = await store.commit({ ops: [put("a", "same")] });
        seen.add(String(versions[0]));
        await store.commit({ ops: [{ delete: "a" }] });
      }
      strictEqual(seen.size, 5);
    },
  },
  {
    id: "SS63",
    law: "strange names are names like others, for keys, fences and idempotency keys",
    async run(store) {
      const names = [
        "__proto__",
        "constructor",
        "toString",
        "/",
        "..",
        "%",
        "%2f",
        "\\",
        "\n",
        "'",
      ];
      names.push('"', "\u{1f600}", " ", "a b", "a/../b", "A", "a", "\u00e9", "e\u0301", "\ufeffa");
      for (const name of names) {
        const fence = { name, epoch: 1 };
        const done = await store.commit({ ops: [put(name)], fence, idempotencyKey: name });
        strictEqual(done.replayed, false, JSON.stringify(name));
      }
      strictEqual((await store.list()).entries.length, names.length);
      for (const name of names) strictEqual(textOf(await store.get(name)), name);
      deepStrictEqual(
        (await store.getMany(names)).map((entry) => textOf(entry)),
        names,
      );
    },
  },
];
