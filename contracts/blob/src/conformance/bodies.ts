import { deepStrictEqual, ok, rejects, strictEqual } from "node:assert/strict";
import { digestBytes } from "@bedplate/codec";
import { expectFault, expectNoTrace } from "@bedplate/conformance";
import { type BlobCase, bytes, dump, streamOf, textOf } from "./blob-case.ts";
import { heldBytes } from "./held-bytes.ts";

/** A reader that wants little should not pay for much. */
const readChunkBytesMax = 256 * 1024;

/** More than all buffers on the way, and less than what is sent. */
const heldBytesMax = 48 * 1024 * 1024;

/** What is stored, and what is refused. */
export const bodyCases: readonly BlobCase[] = [
  {
    id: "BS01",
    law: "an empty blob is a blob",
    async run(store) {
      strictEqual((await store.put("a", bytes(""))).sizeBytes, 0);
      strictEqual((await store.get("a"))?.byteLength, 0);
      strictEqual((await store.put("b", streamOf())).sizeBytes, 0);
      strictEqual((await store.get("b"))?.byteLength, 0);
    },
  },
  {
    id: "BS02",
    law: "every byte comes back, from chunks of any size",
    async run(store) {
      const all = Uint8Array.from({ length: 256 }, (_, byte) => byte);
      const large = new Uint8Array(300_000).map((_, i) => i % 251);
      await store.put("a", streamOf(all, bytes(""), large.subarray(0, 1), large.subarray(1)));
      deepStrictEqual(Buffer.from((await store.get("a")) ?? []), Buffer.concat([all, large]));
    },
  },
  {
    id: "BS03",
    law: "memory is bounded, however long the body is",
    controls: ["large"],
    async run(_store, kit) {
      const store = await kit.large?.();
      ok(store !== undefined);
      const chunk = new Uint8Array(256 * 1024).fill(7);
      const chunkCount = 256;
      const before = heldBytes();
      let most = 0;
      const look = (at: number) => {
        if (at % 64 === 63) most = Math.max(most, heldBytes() - before);
      };
      async function* long() {
        for (let i = 0; i < chunkCount; i++) {
          yield chunk;
          look(i);
        }
      }
      const info = await store.put("a", long());
      strictEqual(info.sizeBytes, chunkCount * chunk.byteLength);
      await using reading = await store.open("a");
      let read = 0;
      for await (const _chunk of reading.body) look(read++);
      ok(most < heldBytesMax, `${most} bytes were held`);
    },
  },
  {
    id: "BS04",
    law: "size, digest and time are right wherever they are shown",
    async run(store, { clock }) {
      const info = await store.put("a", streamOf(bytes("ab"), bytes("c")));
      deepStrictEqual(
        { ...info, version: "" },
        {
          key: "a",
          sizeBytes: 3,
          digest: digestBytes(bytes("abc")),
          version: "",
          createdAt: clock.now(),
          contentType: "application/octet-stream",
          metadata: {},
        },
      );
      deepStrictEqual(await store.stat("a"), info);
      deepStrictEqual((await store.list()).blobs, [{ key: "a", sizeBytes: 3 }]);
      await using reading = await store.open("a");
      deepStrictEqual(reading.info, info);
    },
  },
  {
    id: "BS05",
    law: "a body with another digest than expected is not stored",
    async run(store, kit) {
      const digest = digestBytes(bytes("right"));
      await store.put("a", bytes("right"), { expect: { digest } });
      await expectNoTrace(
        () => dump(store, kit),
        async () => {
          const wrong = store.put("a", bytes("wrong"), { expect: { digest } });
          await expectFault("digest.mismatch", wrong);
          await expectFault(
            "digest.mismatch",
            store.put("b", bytes("wrong"), { expect: { digest } }),
          );
        },
      );
    },
  },
  {
    id: "BS06",
    law: "a body that is shorter or longer than expected is not stored",
    async run(store, kit) {
      await store.put("a", bytes("123"), { expect: { sizeBytes: 3 } });
      await expectNoTrace(
        () => dump(store, kit),
        async () => {
          for (const text of ["12", "1234", ""]) {
            const put = store.put("b", streamOf(bytes(text)), { expect: { sizeBytes: 3 } });
            await expectFault("argument.invalid", put);
          }
        },
      );
    },
  },
  {
    id: "BS07",
    law: "a body whose source fails is not stored, and its space is free again",
    async run(store, kit) {
      const failure = new Error("the source failed");
      async function* failing() {
        yield new Uint8Array(100_000);
        throw failure;
      }
      await store.put("a", bytes("before"));
      await expectNoTrace(
        () => dump(store, kit),
        async () => {
          await rejects(store.put("a", failing()), failure);
          await rejects(store.put("b", failing()), failure);
        },
      );
      strictEqual(await textOf(store, "a"), "before");
    },
  },
  {
    id: "BS08",
    law: "a put whose caller left stores nothing and closes its source",
    async run(store, kit) {
      const stop = new AbortController();
      const reason = new Error("left");
      let closed = false;
      async function* endless() {
        try {
          for (let i = 0; ; i++) {
            if (i === 3) stop.abort(reason);
            yield new Uint8Array(1_000);
          }
        } finally {
          closed = true;
        }
      }
      await rejects(store.put("a", endless(), { signal: stop.signal }), reason);
      while (!closed || (await kit.strayBytes()) > 0) {
        await new Promise((resolve) => setImmediate(resolve));
      }
      strictEqual(await store.stat("a"), null);
    },
  },
  {
    id: "BS09",
    law: "a source is asked for one chunk at a time, and a reader gets bounded chunks",
    async run(store) {
      const chunk = new Uint8Array(Math.min(64 * 1024, Math.floor(store.limits.bodyBytesMax / 8)));
      let asked = 0;
      let waiting = 0;
      let waitingMost = 0;
      const next = async (): Promise<IteratorResult<Uint8Array>> => {
        waitingMost = Math.max(waitingMost, ++waiting);
        await new Promise((resolve) => setImmediate(resolve));
        waiting--;
        return ++asked > 8 ? { done: true, value: undefined } : { done: false, value: chunk };
      };
      const info = await store.put("a", { [Symbol.asyncIterator]: () => ({ next }) });
      deepStrictEqual([info.sizeBytes, waitingMost], [chunk.byteLength * 8, 1]);
      await using reading = await store.open("a");
      for await (const each of reading.body) ok(each.byteLength <= readChunkBytesMax);
    },
  },
  {
    id: "BS51",
    law: "a content key takes only its own content, and the second time changes nothing",
    async run(store, kit) {
      const body = bytes("content");
      const info = await store.putContent(body);
      strictEqual(info.key, digestBytes(body));
      await expectNoTrace(
        () => dump(store, kit),
        async () => {
          deepStrictEqual(await store.putContent(body), info);
          await expectFault("digest.mismatch", store.put(info.key, bytes("other")));
          await expectFault("argument.invalid", store.put("sha256:abc", body));
        },
      );
      const both = await Promise.all(
        [bytes("race"), bytes("race")].map((each) => store.putContent(each)),
      );
      strictEqual(both[0]?.version, both[1]?.version);
      strictEqual(await textOf(store, both[0]?.key ?? ""), "race");
    },
  },
  {
    id: "BS52",
    law: "the limit of a body is exact",
    async run(store, kit) {
      const { bodyBytesMax } = store.limits;
      await store.put("a", new Uint8Array(bodyBytesMax));
      await expectNoTrace(
        () => dump(store, kit),
        async () => {
          const over = streamOf(new Uint8Array(bodyBytesMax), bytes("1"));
          await expectFault("argument.invalid", store.put("b", over));
        },
      );
    },
  },
];
