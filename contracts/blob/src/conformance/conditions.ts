import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { expectFault, expectNoTrace } from "@bedplate/conformance";
import { isFault } from "@bedplate/errors";
import {
  type BlobCase,
  bytes,
  deletesVersions,
  dump,
  keysOf,
  streamOf,
  textOf,
} from "./blob-case.ts";

/** Writes, deletes and reads that happen only when something is so. */
export const conditionCases: readonly BlobCase[] = [
  {
    id: "BS14",
    law: "of 50 racers for an absent key one wins, and its bytes are there",
    async run(store, kit) {
      const other = await kit.second();
      const racers = Array.from({ length: 50 }, (_, i) =>
        (i % 2 ? store : other).put("a", bytes(`${i}`), { condition: "absent" }).then(
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
        () =>
          expectFault("resource.exists", store.put("a", bytes("second"), { condition: "absent" })),
      );
      strictEqual(await textOf(store, "a"), "first");
    },
  },
  {
    id: "BS69",
    law: "every put has a version of its own, also of the same bytes",
    async run(store) {
      const versions = new Set<string>();
      for (let i = 0; i < 5; i++) versions.add((await store.put("a", bytes("same"))).version);
      strictEqual(versions.size, 5);
    },
  },
  {
    id: "BS16",
    law: "a put on a version replaces that version and no other",
    async run(store, kit) {
      const first = await store.put("a", bytes("1"));
      const second = await store.put("a", bytes("2"), { condition: first });
      deepStrictEqual([await textOf(store, "a"), await store.stat("a")], ["2", second]);
      await expectNoTrace(
        () => dump(store, kit),
        async () => {
          const stale = store.put("a", streamOf(bytes("3")), { condition: first });
          const { fault } = await expectFault("version.mismatch", stale);
          const { version: expected } = first;
          deepStrictEqual(fault.detail, { expected, actual: second.version });
          const absent = store.put("b", bytes("3"), { condition: first });
          const { detail } = (await expectFault("version.mismatch", absent)).fault;
          deepStrictEqual(detail, { expected, actual: "absent" });
        },
      );
      await store.delete("a");
      await store.put("a", bytes("2"));
      await expectFault("version.mismatch", store.put("a", bytes("3"), { condition: second }));
    },
  },
  {
    id: "BS57",
    law: "of 16 racers for a version one wins, also when they write the bytes that are there",
    async run(store, kit) {
      const other = await kit.second();
      for (const textAt of [(i: number) => `${i}`, () => "same"]) {
        const first = await store.put("a", bytes("same"));
        const racers = Array.from({ length: 16 }, (_, i) =>
          winOr(
            "version.mismatch",
            (i % 2 ? store : other).put("a", bytes(textAt(i)), { condition: first }),
          ),
        );
        const winners = (await Promise.all(racers)).filter((each) => each !== null);
        deepStrictEqual(winners, [await store.stat("a")]);
      }
    },
  },
  {
    id: "BS17",
    law: "a delete of a version deletes that version and no other",
    when: deletesVersions,
    async run(store, kit) {
      const first = await store.put("a", bytes("1"));
      const second = await store.put("a", bytes("2"));
      await expectNoTrace(
        () => dump(store, kit),
        async () => {
          await expectFault("version.mismatch", store.delete("a", first));
          await expectFault("version.mismatch", store.delete("b", first));
        },
      );
      strictEqual(await store.delete("a", second), true);
      await expectFault("version.mismatch", store.delete("a", second));
    },
  },
  {
    id: "BS58",
    law: "a delete and a put that race for a version do not both win",
    when: deletesVersions,
    async run(store, kit) {
      const other = await kit.second();
      for (let round = 0; round < 8; round++) {
        const info = await store.put("a", bytes("1"));
        const [put, deleted] = await Promise.all([
          winOr("version.mismatch", store.put("a", bytes("2"), { condition: info })),
          winOr("version.mismatch", other.delete("a", info)),
        ]);
        strictEqual((put === null) !== (deleted === null), true);
        strictEqual(await textOf(store, "a"), put === null ? null : "2");
      }
    },
  },
  {
    id: "BS75",
    law: "a store that does not declare conditional deletes refuses them, and what needs them",
    when: (store) => !deletesVersions(store),
    async run(store, kit) {
      const first = await store.put("a", bytes("1"));
      const findReferenced = async () => new Set<string>();
      await expectNoTrace(
        () => dump(store, kit),
        async () => {
          for (const refused of [
            store.delete("a", first),
            store.delete("b", first),
            store.deleteUnreferenced({ graceMs: 24 * 60 * 60 * 1_000, findReferenced }),
          ]) {
            const { fault } = await expectFault("capability.undeclared", refused);
            const { detail, effect } = fault;
            deepStrictEqual([detail, effect], [{ facet: "conditionalDelete" }, "none"]);
          }
        },
      );
      strictEqual(await store.delete("a"), true);
    },
  },
  {
    id: "BS76",
    law: "a delete of whatever is there is final, also when a put on a version races it",
    async run(store, kit) {
      const other = await kit.second();
      for (let round = 0; round < 8; round++) {
        const info = await store.put("a", bytes("1"));
        const [, deleted] = await Promise.all([
          winOr("version.mismatch", store.put("a", bytes("2"), { condition: info })),
          other.delete("a"),
        ]);
        ok(deleted);
        deepStrictEqual(await keysOf(store), []);
      }
    },
  },
  {
    id: "BS18",
    law: "an open of a version opens that version and no other",
    async run(store) {
      const first = await store.put("a", bytes("1"));
      await (await store.open("a", first))[Symbol.asyncDispose]();
      const second = await store.put("a", bytes("2"));
      await expectFault("version.mismatch", store.open("a", first));
      await using reading = await store.open("a", second);
      strictEqual(reading.info.version, second.version);
      await expectFault("resource.missing", store.open("b", first));
    },
  },
];

async function winOr<T>(
  code: "resource.exists" | "version.mismatch",
  work: Promise<T>,
): Promise<T | null> {
  try {
    return await work;
  } catch (error) {
    if (isFault(error, code)) return null;
    throw error;
  }
}
