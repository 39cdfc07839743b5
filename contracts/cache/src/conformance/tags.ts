import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { expectFault } from "@bedplate/conformance";
import {
  bytes,
  type CacheCase,
  hasTags,
  put,
  read,
  retains,
  shortMs,
  textOf,
  ttlMs,
} from "./cache-case.ts";

/** Tags. */
export const tagCases: readonly CacheCase[] = [
  {
    id: "CS29",
    law: "a dropped tag hides every entry that has it, and shows those written later",
    when: hasTags,
    async run(cache, kit) {
      const other = await kit.second();
      await cache.set("a", bytes("a"), { ttlMs, tags: ["t"] });
      await cache.set("b", bytes("b"), { ttlMs, tags: ["u", "t"] });
      await cache.set("c", bytes("c"), { ttlMs, tags: ["u", "t:u", "t,u"] });
      await put(cache, "d");
      await cache.in("elsewhere").set("a", bytes("e"), { ttlMs, tags: ["t"] });
      await other.dropTag("t");
      const seen = await cache.getMany(["a", "b", "c", "d"]);
      deepStrictEqual(seen.map(textOf), [null, null, "c", "d"]);
      strictEqual(await read(cache.in("elsewhere"), "a"), "e");
      strictEqual(await cache.drop(["a"]), 0);
      await cache.set("b", bytes("new"), { ttlMs, tags: ["t"], if: "absent" });
      strictEqual(await read(other, "b"), "new");
      await cache.dropTag("never written");
      await cache.dropTag("u");
      const after = await cache.getMany(["a", "b", "c", "d"]);
      deepStrictEqual(after.map(textOf), [null, "new", null, "d"]);
      await cache.set("c", bytes("later"), { ttlMs, tags: ["u"] });
      strictEqual(await read(cache, "c"), "later");
    },
  },
  {
    id: "CS30",
    law: "the limit of tags is exact, and doubles count once",
    when: hasTags,
    async run(cache) {
      const most = cache.capabilities.tags?.perEntryMax ?? 0;
      const tags = Array.from({ length: most + 1 }, (_, i) => `t${i}`);
      await cache.set("a", bytes("a"), { ttlMs, tags: [...tags.slice(1), "t1"] });
      await expectFault("argument.invalid", cache.set("a", bytes("!"), { ttlMs, tags }));
      await expectFault("argument.invalid", cache.set("a", bytes("!"), { ttlMs, tags: [""] }));
      await expectFault("argument.invalid", cache.dropTag(""));
      strictEqual(await read(cache, "a"), "a");
      await cache.dropTag(`t${most}`);
      strictEqual(await cache.get("a"), null);
    },
  },
  {
    id: "CS31",
    law: "a write during the drop of its tag is hidden or new, and never comes back",
    when: hasTags,
    async run(cache, kit) {
      const other = await kit.second();
      for (let i = 0; i < 30; i++) {
        const write = { ttlMs, tags: ["t"] };
        await cache.set("a", bytes(`old ${i}`), write);
        await Promise.all([other.dropTag("t"), cache.set("b", bytes(`new ${i}`), write)]);
        strictEqual(await read(cache, "a"), null);
        const first = await read(cache, "b");
        ok(first === null || first === `new ${i}`, `${first}`);
        const second = await read(other, "b");
        ok(second === first, `${first}, then ${second}`);
        await cache.dropTag("t");
        strictEqual(await read(other, "b"), null);
      }
    },
  },
  {
    id: "CS59",
    law: "a tag outlives its shortest entry: a later drop still hides the longer ones",
    when: (cache) => hasTags(cache) && retains(cache),
    async run(cache, kit) {
      await cache.set("long", bytes("long"), { ttlMs, tags: ["t"] });
      await cache.set("short", bytes("short"), { ttlMs: shortMs, tags: ["t"] });
      await kit.clock.advance(shortMs + cache.capabilities.granularityMs);
      deepStrictEqual((await cache.getMany(["long", "short"])).map(textOf), ["long", null]);
      await cache.dropTag("t");
      await cache.set("short", bytes("again"), { ttlMs, tags: ["t"] });
      deepStrictEqual((await cache.getMany(["long", "short"])).map(textOf), [null, "again"]);
    },
  },
];
