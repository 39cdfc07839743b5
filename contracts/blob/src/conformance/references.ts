import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { digestBytes } from "@bedplate/codec";
import { expectFault } from "@bedplate/conformance";
import { type BlobCase, bytes, deletesVersions, keysOf } from "./blob-case.ts";

const hourMs = 60 * 60 * 1_000;
const graceMs = 2 * hourMs;

/** Content that nothing refers to. */
export const referenceCases: readonly BlobCase[] = [
  {
    id: "BS73",
    law: "only old content that nothing refers to goes",
    when: deletesVersions,
    async run(store, kit) {
      await store.put("name", bytes("a name"));
      const wanted = await store.putContent(bytes("wanted"));
      await store.putContent(bytes("unwanted"));
      await kit.clock.advance(graceMs);
      const young = await store.putContent(bytes("young"));
      const findReferenced = async () => new Set([wanted.key]);
      const report = await store.deleteUnreferenced({ graceMs, findReferenced });
      deepStrictEqual(report, { examined: 3, deleted: 1 });
      deepStrictEqual(await keysOf(store), ["name", ...[wanted.key, young.key].sort()]);
      const hasty = store.deleteUnreferenced({ graceMs: graceMs - 1, findReferenced });
      await expectFault("argument.invalid", hasty);
    },
  },
  {
    id: "BS74",
    law: "content that is stored again while it is being looked at stays",
    when: deletesVersions,
    async run(store, kit) {
      const other = await kit.second();
      const body = bytes("wanted again");
      const first = await store.putContent(body);
      await kit.clock.advance(graceMs);
      const findReferenced = async () => {
        await other.putContent(body);
        return new Set<string>();
      };
      const report = await store.deleteUnreferenced({ graceMs, findReferenced });
      deepStrictEqual(report, { examined: 1, deleted: 0 });
      const again = await store.stat(digestBytes(body));
      strictEqual(again?.createdAt, kit.clock.now());
      strictEqual(again.version === first.version, false);
    },
  },
];
