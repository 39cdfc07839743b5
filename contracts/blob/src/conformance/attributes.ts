import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { expectFault, expectNoTrace } from "@bedplate/conformance";
import { type BlobCase, bytes, dump, streamOf } from "./blob-case.ts";

/** Content type and metadata. */
export const attributeCases: readonly BlobCase[] = [
  {
    id: "BS26",
    law: "metadata keeps its case, its order and every character, up to the exact limits",
    async run(store, kit) {
      const { metadataBytesMax, metadataCountMax } = store.limits;
      const metadata = {
        zeta: "é \u{1f600} \n\t\"'%=&+",
        Alpha: "",
        alpha: " spaces ",
        constructor: "own",
        "x-amz-meta.a_b-c": "1",
      };
      await store.put("a", bytes("a"), { metadata });
      const found = (await store.stat("a"))?.metadata ?? {};
      deepStrictEqual(Object.entries(found), Object.entries(metadata));
      const longest = { a: "ü".repeat((metadataBytesMax - 2) / 2), b: "" };
      const most = Object.fromEntries(
        Array.from({ length: metadataCountMax }, (_, i) => [`n${i}`, `${i}`]),
      );
      for (const each of [longest, most]) {
        await store.put("b", streamOf(bytes("b")), { metadata: each });
        deepStrictEqual((await store.stat("b"))?.metadata, each);
      }
      await expectNoTrace(
        () => dump(store, kit),
        async () => {
          const wrong = [
            { ...longest, b: "1" },
            { ...most, more: "" },
            { "1": "" },
            { "": "" },
            { "a b": "" },
            { __proto__x: "" },
            { a: "\ud800" },
          ];
          for (const each of wrong) {
            await expectFault("argument.invalid", store.put("a", bytes(""), { metadata: each }));
          }
        },
      );
    },
  },
  {
    id: "BS27",
    law: "the content type is kept as it is, and a put without one clears it",
    async run(store) {
      const { contentTypeBytesMax } = store.limits;
      const longest = `text/${"x".repeat(contentTypeBytesMax - 5)}`;
      for (const contentType of ["text/plain; charset=UTF-8", "Application/WASM", "x", longest]) {
        await store.put("a", bytes("a"), { contentType, metadata: { a: "1" } });
        await using reading = await store.open("a");
        strictEqual(reading.info.contentType, contentType);
      }
      for (const contentType of [`${longest}x`, "", " text/plain", "text/plän", "a\r\nb: c"]) {
        await expectFault("argument.invalid", store.put("a", bytes("a"), { contentType }));
      }
      const { contentType, metadata } = await store.put("a", bytes("a"));
      deepStrictEqual([contentType, metadata], ["application/octet-stream", {}]);
      deepStrictEqual((await store.stat("a"))?.metadata, {});
    },
  },
  {
    id: "BS70",
    law: "what a caller does with metadata afterwards changes nothing",
    async run(store) {
      const metadata: Record<string, string> = { a: "1" };
      await store.put("a", bytes("a"), { metadata });
      metadata["a"] = "2";
      const info = await store.stat("a");
      try {
        Object.assign(info?.metadata ?? {}, { a: "3" });
      } catch {
        // Frozen is as good as copied.
      }
      deepStrictEqual((await store.stat("a"))?.metadata, { a: "1" });
    },
  },
];
