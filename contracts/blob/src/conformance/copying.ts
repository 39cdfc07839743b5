import { deepStrictEqual, notStrictEqual, strictEqual } from "node:assert/strict";
import { expectFault, expectNoTrace } from "@bedplate/conformance";
import { type BlobCase, bytes, dump, textOf } from "./blob-case.ts";

/** Copies. */
export const copyCases: readonly BlobCase[] = [
  {
    id: "BS35",
    law: "a copy has the same bytes and facts, a version of its own, and a life of its own",
    async run(store, { clock }) {
      const facts = { contentType: "text/plain", metadata: { A: "é" } };
      const source = await store.put("a", bytes("body"), facts);
      await clock.advance(1_000);
      const copy = await store.copy({ from: "a", to: "b" });
      notStrictEqual(copy.version, source.version);
      const { digest, sizeBytes } = source;
      const { version } = copy;
      const expected = { key: "b", version, createdAt: clock.now(), digest, sizeBytes, ...facts };
      deepStrictEqual(copy, expected);
      deepStrictEqual([await store.stat("b"), await textOf(store, "b")], [expected, "body"]);
      await store.copy({ from: "b", to: "b", metadata: { B: "2" } });
      deepStrictEqual((await store.stat("b"))?.metadata, { B: "2" });
      deepStrictEqual(await store.stat("a"), source);
      await store.copy({ from: "b", to: "b", contentType: "x/y" });
      deepStrictEqual((await store.stat("b"))?.metadata, { B: "2" });
      strictEqual((await store.stat("b"))?.contentType, "x/y");
      await store.delete("a");
      strictEqual(await textOf(store, "b"), "body");
      await store.put("empty", bytes(""));
      strictEqual((await store.copy({ from: "empty", to: "e" })).sizeBytes, 0);
    },
  },
  {
    id: "BS36",
    law: "a copy honours what must be at its source and at its destination",
    async run(store, kit) {
      const first = await store.put("a", bytes("1"));
      const second = await store.put("a", bytes("2"));
      const there = await store.put("b", bytes("there"));
      await expectNoTrace(
        () => dump(store, kit),
        async () => {
          const from = "a";
          await expectFault("resource.missing", store.copy({ from: "none", to: "b" }));
          await expectFault(
            "version.mismatch",
            store.copy({ from, to: "c", version: first.version }),
          );
          await expectFault("resource.exists", store.copy({ from, to: "b", condition: "absent" }));
          await expectFault("version.mismatch", store.copy({ from, to: "b", condition: first }));
          await expectFault("version.mismatch", store.copy({ from, to: "c", condition: first }));
          const content = `sha256:${"0".repeat(64)}`;
          await expectFault("digest.mismatch", store.copy({ from, to: content }));
        },
      );
      const { version } = second;
      await store.copy({ from: "a", version, to: "b", condition: there });
      await store.copy({ from: "a", version, to: "c", condition: "absent" });
      await store.copy({ from: "a", to: second.digest });
      deepStrictEqual(
        [await textOf(store, "b"), await textOf(store, "c"), await textOf(store, second.digest)],
        ["2", "2", "2"],
      );
    },
  },
];
