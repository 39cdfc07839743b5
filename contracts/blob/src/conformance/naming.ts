import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { expectFault } from "@bedplate/conformance";
import type { BlobListRequest } from "../blob-store.ts";
import { type BlobCase, bytes, keysOf, textOf } from "./blob-case.ts";

const strangeKeys = [
  ".",
  "..",
  "../x",
  "/",
  "//",
  "/a",
  "a",
  "a.b",
  "a.d",
  "a/",
  "a//b",
  "a/../../b",
  "a/b",
  "A",
  "con",
  "line\nbreak",
  "naïve",
  "percent%2f",
  "space and \\ backslash",
  "trailing.",
  "~",
  "\u{e000}",
  "\u{1f600}",
] as const;

/** Keys, order and pages. */
export const nameCases: readonly BlobCase[] = [
  {
    id: "BS24",
    law: "any text is a key of its own, up to the exact limit",
    async run(store) {
      for (const key of strangeKeys) await store.put(key, bytes(key));
      for (const key of strangeKeys) strictEqual(await textOf(store, key), key);
      strictEqual((await keysOf(store)).length, strangeKeys.length);
      const { keyBytesMax } = store.limits;
      const longest = "ü".repeat(keyBytesMax / 2);
      await store.put(longest, bytes("longest"));
      await store.put(longest.slice(1), bytes("shorter"));
      strictEqual(await textOf(store, longest), "longest");
      strictEqual((await keysOf(store, { prefix: "ü" })).length, 2);
      await expectFault("argument.invalid", store.put(`${longest}a`, bytes("")));
      await expectFault("argument.invalid", store.put("", bytes("")));
      await expectFault("argument.invalid", store.put("zero\0", bytes("")));
      await expectFault("argument.invalid", store.put("upload:x", bytes("")));
    },
  },
  {
    id: "BS25",
    law: "what is no Unicode text is refused",
    async run(store) {
      await expectFault("argument.invalid", store.put("\ud800", bytes("")));
      await expectFault("argument.invalid", store.stat("a\udfff"));
      deepStrictEqual(await keysOf(store), []);
    },
  },
  {
    id: "BS28",
    law: "a listing is in the byte order of UTF-8, names and content together",
    async run(store) {
      for (const key of ["z", "sha1", "sha3", ...strangeKeys]) await store.put(key, bytes(key));
      const content: string[] = [];
      for (const text of ["1", "2", "3", "4"])
        content.push((await store.putContent(bytes(text))).key);
      const expected = ["z", "sha1", "sha3", ...strangeKeys, ...content].sort((a, b) =>
        Buffer.compare(Buffer.from(a), Buffer.from(b)),
      );
      deepStrictEqual(await keysOf(store), expected);
      deepStrictEqual(await keysOf(store, { prefix: "sha256:" }), [...content].sort());
      deepStrictEqual(await keysOf(store, { prefix: "sha" }), ["sha1", ...content.sort(), "sha3"]);
    },
  },
  {
    id: "BS29",
    law: "a delimiter rolls keys up, once, in their order, over all pages",
    async run(store) {
      const keys = [
        "a",
        "a!b",
        "a!/x",
        "a/b",
        "a/c/d",
        "a/c/e",
        "a0",
        "b//c",
        "b/",
        "c::d",
        "z/\u{1f600}",
      ];
      for (const key of keys) await store.put(key, bytes(""));
      const shown = async (request: BlobListRequest) => {
        const seen: string[] = [];
        for (let cursor: string | undefined, pages = 0; pages === 0 || cursor; pages++) {
          const page = await store.list({ ...request, cursor });
          const { limit = 100 } = request;
          ok(page.blobs.length + page.prefixes.length <= limit);
          seen.push(...page.blobs.map(({ key }) => key), ...page.prefixes);
          cursor = page.next;
        }
        return seen.sort();
      };
      for (const limit of [1, 2, 3, 100]) {
        deepStrictEqual(
          await shown({ delimiter: "/", limit }),
          ["a", "a!b", "a!/", "a/", "a0", "b/", "c::d", "z/"].sort(),
        );
        deepStrictEqual(await shown({ delimiter: "/", prefix: "a/", limit }), ["a/b", "a/c/"]);
        deepStrictEqual(await shown({ delimiter: "::", prefix: "c", limit }), ["c::"]);
      }
      await expectFault("argument.invalid", store.list({ delimiter: "" }));
    },
  },
  {
    id: "BS67",
    law: "many keys come in whole pages, and no key twice",
    async run(store) {
      const keys = Array.from({ length: 250 }, (_, i) => `k${String(i).padStart(4, "0")}`);
      await Promise.all(keys.map((key) => store.put(key, bytes(key))));
      deepStrictEqual(await keysOf(store, { limit: 100 }), keys);
      deepStrictEqual(await keysOf(store, { limit: 50, after: "k0199" }), keys.slice(200));
      const first = await store.list({ limit: 100 });
      strictEqual(first.blobs.length, 100);
    },
  },
  {
    id: "BS30",
    law: "`after` begins behind a key, whether or not it exists",
    async run(store) {
      for (const key of ["a", "b", "b/c", "d"]) await store.put(key, bytes(key));
      deepStrictEqual(await keysOf(store, { after: "b" }), ["b/c", "d"]);
      deepStrictEqual(await keysOf(store, { after: "a0" }), ["b", "b/c", "d"]);
      deepStrictEqual(await keysOf(store, { after: "d" }), []);
    },
  },
  {
    id: "BS31",
    law: "keys that stay are listed exactly once while others come and go",
    async run(store) {
      const long = "x".repeat(150);
      const stable = Array.from({ length: 24 }, (_, i) => `${long}/${String(i).padStart(2, "0")}`);
      for (const key of stable) await store.put(key, bytes(""));
      const seen: string[] = [];
      let cursor: string | undefined;
      for (let page = 0; page === 0 || cursor !== undefined; page++) {
        const { blobs, next } = await store.list({ limit: 5, cursor });
        seen.push(...blobs.map(({ key }) => key));
        cursor = next;
        await store.put(`0${page}`, bytes(""));
        await store.put(`${stable[page * 5]}0`, bytes(""));
        await store.delete(`0${page - 1}`);
      }
      deepStrictEqual(
        seen.filter((key) => stable.includes(key)),
        stable,
      );
      strictEqual(new Set(seen).size, seen.length);
    },
  },
  {
    id: "BS32",
    law: "a cursor opens only its own listing, and page limits are exact",
    async run(store) {
      for (const key of ["a", "b", "c"]) await store.put(key, bytes(key));
      const { next } = await store.list({ limit: 1 });
      await expectFault("argument.invalid", store.list({ cursor: "AAAA" }));
      await expectFault("argument.invalid", store.list({ cursor: next, prefix: "a" }));
      await expectFault("argument.invalid", store.list({ cursor: next, delimiter: "/" }));
      await expectFault("argument.invalid", store.list({ limit: 0 }));
      await expectFault("argument.invalid", store.list({ limit: store.limits.pageMax + 1 }));
      strictEqual((await store.list({ cursor: next })).blobs.length, 2);
    },
  },
];
