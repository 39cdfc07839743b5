import { type DriverRange, type StateDriver, textOfKey } from "@bedplate/state";
import { expect, test } from "vitest";
import { StateCaches } from "../src/store/state-cache.ts";
import { bytes, openRig, project } from "./rig.ts";

const place = { project, name: "bank" };
const entry = { key: bytes("k"), value: bytes("v") };

test("of many ledgers the one that was not used longest is forgotten", () => {
  const caches = new StateCaches();
  const known = caches.of("known");
  const other = caches.of("other");
  for (let n = 0; n < 63; n++) {
    caches.of(`l${n}`);
    expect(caches.of("known")).toBe(known);
  }
  expect(caches.of("other")).not.toBe(other);
});

test("who reads an earlier version does not make the last one forgotten", () => {
  const cache = new StateCaches().of("l");
  cache.put("state", entry, 4);
  cache.put("state", { ...entry, value: null }, 3);
  expect(cache.get("state", entry.key, 4)).toEqual(entry.value);
  expect(cache.get("state", entry.key, 3)).toBeUndefined();
  cache.put("state", { key: bytes("other"), value: null }, 5);
  expect(cache.get("state", entry.key, 5)).toBeUndefined();
});

/** Counts reads of a ledger's versions. */
function countReads(driver: StateDriver, counts: { reads: number }): StateDriver {
  return new Proxy(driver, {
    get: (target, member) => {
      if (member === "list") {
        return (namespace: string, range: DriverRange) => {
          if (textOfKey(range.start).startsWith("v/")) counts.reads++;
          return target.list(namespace, range);
        };
      }
      const found: unknown = Reflect.get(target, member);
      return typeof found === "function" ? found.bind(target) : found;
    },
  });
}

test("what a batch wrote is at hand for the check of the next transaction", async () => {
  const counts = { reads: 0 };
  await using rig = await openRig({ around: (driver) => countReads(driver, counts) });
  await rig.service.create({ ...place, slot: "fake" });
  for (let turn = 0; turn < 3; turn++) {
    const artifact = await rig.put({ steps: [{ do: "turn", key: "line", place: turn }] });
    const before = counts.reads;
    await rig.service.submit(place, { artifact, entry: "main", input: new Uint8Array() });
    expect(counts.reads - before).toBe(turn === 0 ? 1 : 0);
    expect(await rig.service.seal(place)).toMatchObject({ transactions: 1 });
  }
});
