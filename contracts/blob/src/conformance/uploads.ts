import { deepStrictEqual, ok, rejects, strictEqual } from "node:assert/strict";
import { digestBytes } from "@bedplate/codec";
import { expectFault, expectNoTrace } from "@bedplate/conformance";
import type { BlobStore } from "../blob-store.ts";
import type { ChosenPart } from "../blob-uploads.ts";
import { type BlobCase, bytes, dump, keysOf, streamOf, textOf } from "./blob-case.ts";

const hourMs = 60 * 60 * 1_000;

/** Blobs that arrive in parts. */
export const uploadCases: readonly BlobCase[] = [
  {
    id: "BS37",
    law: "parts come in any order, from any process, and the blob is in the order of their numbers",
    async run(store, kit) {
      const other = await kit.second();
      const facts = { contentType: "text/plain", metadata: { A: "1" } };
      const { upload } = await store.uploads.begin("a", facts);
      const parts = await Promise.all([
        other.uploads.part(upload, 30, { body: streamOf(bytes("c"), bytes("d")) }),
        store.uploads.part(upload, 2, { body: bytes("b") }),
        store.uploads.part(upload, 1, { body: bytes("a") }),
      ]);
      const sorted = parts.toSorted((a, b) => a.number - b.number);
      deepStrictEqual(await Array.fromAsync(store.uploads.parts(upload)), sorted);
      const info = await other.uploads.finish(upload, sorted);
      strictEqual(info.digest, digestBytes(bytes("abcd")));
      deepStrictEqual(info, await store.stat("a"));
      deepStrictEqual([info.contentType, info.metadata], ["text/plain", { A: "1" }]);
      strictEqual(await textOf(store, "a"), "abcd");
      await using reading = await store.open("a", { range: { offset: 1, length: 2 } });
      deepStrictEqual(Buffer.concat(await Array.fromAsync(reading.body)).toString(), "bc");
    },
  },
  {
    id: "BS38",
    law: "the same number again replaces the part, and parts that are not named are left out",
    async run(store) {
      const { upload } = await store.uploads.begin("a");
      await store.uploads.part(upload, 1, { body: bytes("old") });
      const first = await store.uploads.part(upload, 1, { body: bytes("new") });
      await store.uploads.part(upload, 2, { body: bytes("left out") });
      await store.uploads.finish(upload, [first]);
      strictEqual(await textOf(store, "a"), "new");
    },
  },
  {
    id: "BS39",
    law: "the limits of parts are exact",
    async run(store, kit) {
      const { partBytesMax, partsMax } = store.limits;
      const { upload } = await store.uploads.begin("a");
      const whole = new Uint8Array(partBytesMax);
      const part = await store.uploads.part(upload, partsMax, { body: whole });
      await expectNoTrace(
        () => dump(store, kit),
        async () => {
          const refused = [
            [1, streamOf(whole, bytes("1"))],
            [1, bytes("")],
            [0, bytes("1")],
            [partsMax + 1, bytes("1")],
            [1.5, bytes("1")],
          ] as const;
          for (const [number, body] of refused) {
            await expectFault("argument.invalid", store.uploads.part(upload, number, { body }));
          }
          const digest = digestBytes(bytes("right"));
          const wrong = { body: bytes("wrong"), expect: { digest } };
          await expectFault("digest.mismatch", store.uploads.part(upload, 1, wrong));
        },
      );
      strictEqual((await store.uploads.finish(upload, [part])).sizeBytes, partBytesMax);
    },
  },
  {
    id: "BS40",
    law: "finish refuses parts that are missing, wrong or out of order, and can be tried again",
    async run(store, kit) {
      const { upload, parts } = await uploadOf(store, "a", ["1", "2"]);
      const [one, two] = parts as [ChosenPart, ChosenPart];
      await expectNoTrace(
        () => dump(store, kit),
        async () => {
          const finish = (chosen: readonly ChosenPart[]) => store.uploads.finish(upload, chosen);
          await expectFault("resource.missing", finish([one, { ...two, number: 3 }]));
          await expectFault("digest.mismatch", finish([one, { ...one, number: 2 }]));
          await expectFault("argument.invalid", finish([two, one]));
          await expectFault("argument.invalid", finish([one, one]));
          await expectFault("argument.invalid", finish([]));
        },
      );
      await store.uploads.finish(upload, [one, two]);
      strictEqual(await textOf(store, "a"), "12");
      const digest = digestBytes(bytes("other"));
      const expecting = await uploadOf(store, "b", ["1"], { expect: { digest } });
      await expectFault("digest.mismatch", expecting.finish());
      strictEqual(await store.stat("b"), null);
    },
  },
  {
    id: "BS41",
    law: "finishing twice answers the same blob, and with other parts it is refused",
    async run(store, kit) {
      const other = await kit.second();
      const condition = "absent";
      const { upload, parts, finish } = await uploadOf(store, "a", ["1", "2"], { condition });
      const [first, second] = await Promise.all([finish(), other.uploads.finish(upload, parts)]);
      deepStrictEqual(first, second);
      await store.put("a", bytes("later"));
      deepStrictEqual(await finish(), first);
      strictEqual(await textOf(store, "a"), "later");
      const less = store.uploads.finish(upload, parts.slice(1));
      await expectFault("idempotency.mismatch", less);
      await expectFault("resource.missing", store.uploads.part(upload, 3, { body: bytes("3") }));
    },
  },
  {
    id: "BS42",
    law: "finish decides its condition when the blob appears",
    async run(store, kit) {
      const absent = await uploadOf(store, "a", ["upload"], { condition: "absent" });
      const first = await store.put("a", bytes("first"), { metadata: { a: "1" } });
      const version = await uploadOf(store, "a", ["upload"], { condition: first });
      await expectNoTrace(
        () => dump(store, kit),
        () => expectFault("resource.exists", absent.finish()),
      );
      const second = await store.put("a", bytes("second"));
      await expectNoTrace(
        () => dump(store, kit),
        () => expectFault("version.mismatch", version.finish()),
      );
      const current = await uploadOf(store, "a", ["upload"], { condition: second });
      await current.finish();
      strictEqual(await textOf(store, "a"), "upload");
      await store.delete("a");
      strictEqual((await absent.finish()).key, "a");
    },
  },
  {
    id: "BS43",
    law: "nothing of an upload is seen before it is finished, nor its parts ever",
    async run(store) {
      await store.put("v", bytes("after"));
      const { upload, finish } = await uploadOf(store, "a", ["1", "2"]);
      deepStrictEqual(await keysOf(store), ["v"]);
      deepStrictEqual(await keysOf(store, { limit: 1 }), ["v"]);
      deepStrictEqual(await keysOf(store, { prefix: "upload:" }), []);
      strictEqual(await store.stat("a"), null);
      await expectFault("argument.invalid", store.open(`upload:${upload}`));
      await finish();
      deepStrictEqual(await keysOf(store, { limit: 1 }), ["a", "v"]);
    },
  },
  {
    id: "BS44",
    law: "abort frees the space, and what comes later is refused",
    async run(store, kit) {
      const { upload, parts } = await uploadOf(store, "a", ["1", "2"]);
      ok((await kit.strayBytes()) > 0);
      deepStrictEqual(
        [await store.uploads.abort(upload), await store.uploads.abort(upload)],
        [true, false],
      );
      strictEqual(await kit.strayBytes(), 0);
      await expectFault("resource.missing", store.uploads.part(upload, 1, { body: bytes("1") }));
      await expectFault("resource.missing", store.uploads.finish(upload, parts));
      await expectFault("resource.missing", Array.fromAsync(store.uploads.parts(upload)));
      await expectFault("argument.invalid", store.uploads.abort("../a"));
    },
  },
  {
    id: "BS45",
    law: "an upload is swept when nothing was written to it for the time that is allowed",
    async run(store, kit) {
      const old = await uploadOf(store, "a", ["1"]);
      await kit.clock.advance(20 * hourMs);
      const { upload } = old;
      const second = await store.uploads.part(upload, 2, { body: bytes("2") });
      const young = await uploadOf(store, "b", ["1"]);
      await kit.clock.advance(5 * hourMs);
      await store.sweep();
      strictEqual((await Array.fromAsync(store.uploads.parts(upload))).length, 2);
      await kit.clock.advance(20 * hourMs);
      const third = await uploadOf(store, "c", ["1"]);
      await store.sweep();
      await expectFault("resource.missing", store.uploads.finish(upload, [second]));
      await expectFault("resource.missing", young.finish());
      await third.finish();
      await kit.clock.advance(25 * hourMs);
      await store.sweep();
      strictEqual(await kit.strayBytes(), 0);
      deepStrictEqual(await keysOf(store), ["c"]);
    },
  },
  {
    id: "BS46",
    law: "of two uploads of one key the last that is finished stays, whole",
    async run(store) {
      const first = await uploadOf(store, "a", ["1", "1"], { metadata: { from: "1" } });
      const second = await uploadOf(store, "a", ["2", "2"], { metadata: { from: "2" } });
      const late = await second.finish();
      const last = await first.finish();
      strictEqual(await textOf(store, "a"), "11");
      deepStrictEqual(await store.stat("a"), last);
      deepStrictEqual(await second.finish(), late);
    },
  },
  {
    id: "BS71",
    law: "a part whose source fails is not there",
    async run(store, kit) {
      const { upload } = await store.uploads.begin("a");
      const failure = new Error("the source failed");
      async function* failing() {
        yield bytes("1");
        throw failure;
      }
      await expectNoTrace(
        () => dump(store, kit),
        () => rejects(store.uploads.part(upload, 1, { body: failing() }), failure),
      );
      deepStrictEqual(await Array.fromAsync(store.uploads.parts(upload)), []);
    },
  },
];

interface Upload {
  readonly upload: string;
  readonly parts: readonly ChosenPart[];
  finish(): ReturnType<BlobStore["uploads"]["finish"]>;
}

async function uploadOf(
  store: BlobStore,
  key: string,
  ...[texts, options]: [
    texts: readonly string[],
    options?: Parameters<BlobStore["uploads"]["begin"]>[1],
  ]
): Promise<Upload> {
  const { upload } = await store.uploads.begin(key, options);
  const parts: ChosenPart[] = [];
  for (const [i, text] of texts.entries()) {
    parts.push(await store.uploads.part(upload, i + 1, { body: bytes(text) }));
  }
  return { upload, parts, finish: () => store.uploads.finish(upload, parts) };
}
