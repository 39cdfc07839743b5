import { deepStrictEqual, ok, rejects, strictEqual } from "node:assert/strict";
import { digestBytes } from "@bedplate/codec";
import { expectFault, expectNoTrace } from "@bedplate/conformance";
import { type BlobCase, bytes, dump, keysOf, streamOf, textOf } from "./blob-case.ts";

/** A reader that wants little should not pay for much. */
const readChunkBytesMax = 256 * 1024;

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
        },
      );
      deepStrictEqual(await store.stat("a"), info);
      deepStrictEqual((await store.list()).blobs, [info]);
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
    id: "BS10",
    law: "what was acknowledged is read, by every process",
    async run(store, kit) {
      const other = await kit.second();
      for (let i = 0; i < 20; i++) {
        await store.put("a", bytes(`${i}`));
        strictEqual(await textOf(other, "a"), `${i}`);
      }
    },
  },
  {
    id: "BS11",
    law: "list and stat follow every put and delete",
    async run(store, kit) {
      const other = await kit.second();
      for (const key of ["b", "a"]) await store.put(key, bytes(key));
      deepStrictEqual(await keysOf(other), ["a", "b"]);
      await store.delete("a");
      deepStrictEqual(await keysOf(other), ["b"]);
      strictEqual(await other.stat("a"), null);
    },
  },
  {
    id: "BS12",
    law: "readers see one whole version while it is replaced",
    async run(store, kit) {
      const body = (i: number) => new Uint8Array(200_000).fill(i);
      const other = await kit.second();
      await store.put("a", body(0));
      let isDone = false;
      const writing = (async () => {
        for (let i = 1; i <= 20; i++) await store.put("a", body(i));
        isDone = true;
      })();
      let reads = 0;
      while (!isDone) {
        const seen = await Promise.all(Array.from({ length: 5 }, () => other.get("a")));
        for (const each of seen) {
          const first = each?.[0] ?? -1;
          ok(each?.byteLength === 200_000 && each.every((byte) => byte === first));
        }
        reads++;
      }
      await writing;
      ok(reads > 0);
    },
  },
  {
    id: "BS14",
    law: "of 50 racers for an absent key one wins, and its bytes are there",
    async run(store, kit) {
      const other = await kit.second();
      const racers = Array.from({ length: 50 }, (_, i) =>
        (i % 2 ? store : other).put("a", bytes(`${i}`), { ifAbsent: true }).then(
          () => i,
          async (error: unknown) => {
            await expectFault("resource.exists", Promise.reject(error));
            return null;
          },
        ),
      );
      const winners = (await Promise.all(racers)).filter((each) => each !== null);
      strictEqual(winners.length, 1);
      strictEqual(await textOf(store, "a"), `${winners[0]}`);
    },
  },
  {
    id: "BS15",
    law: "a refused `ifAbsent` leaves everything as it was",
    async run(store, kit) {
      await store.put("a", bytes("first"));
      await kit.clock.advance(1_000);
      await expectNoTrace(
        () => dump(store, kit),
        () => expectFault("resource.exists", store.put("a", bytes("second"), { ifAbsent: true })),
      );
      strictEqual(await textOf(store, "a"), "first");
    },
  },
  {
    id: "BS16",
    law: "every put has a version of its own, also of the same bytes",
    async run(store) {
      const versions = new Set<string>();
      for (let i = 0; i < 5; i++) versions.add((await store.put("a", bytes("same"))).version);
      strictEqual(versions.size, 5);
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
