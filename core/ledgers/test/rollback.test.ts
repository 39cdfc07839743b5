import { systemClock } from "@bedplate/clock";
import type { Digest } from "@bedplate/codec";
import type { StateDriver } from "@bedplate/state";
import { expect, test } from "vitest";
import { bytes, openRig, project, type Rig, stateOf } from "./rig.ts";

const place = { project, name: "bank" };

/** A ledger, and transactions that add to its total. */
async function openBank(rig: Rig): Promise<{ readonly one: Digest; readonly hundred: Digest }> {
  const adding = (by: number) => rig.put({ steps: [{ do: "add", key: "total", by }] });
  await rig.service.create({ ...place, slot: "fake" });
  return { one: await adding(1), hundred: await adding(100) };
}

/** Makes batches of one transaction each. */
async function seal(rig: Rig, artifact: Digest, batches: number): Promise<void> {
  for (let n = 0; n < batches; n++) {
    await rig.service.submit(place, { artifact, entry: "main", input: bytes("") });
    expect(await rig.service.seal(place)).not.toBeNull();
  }
}

/** Calls `before` ahead of each commit and each listing. */
function watched(driver: StateDriver, before: Pick<Watcher, "commit" | "list">): StateDriver {
  return {
    limits: driver.limits,
    capabilities: driver.capabilities,
    getMany: (namespace, keys) => driver.getMany(namespace, keys),
    head: (namespace) => driver.head(namespace),
    history: (namespace, from) => driver.history(namespace, from),
    onCommit: (namespace, listener) => driver.onCommit(namespace, listener),
    [Symbol.asyncDispose]: () => driver[Symbol.asyncDispose](),
    list: async (namespace, range) => {
      const found = await driver.list(namespace, range);
      await before.list();
      return found;
    },
    commit: async (namespace, commit) => {
      before.commit();
      return driver.commit(namespace, commit);
    },
  };
}

class Watcher {
  commits = 0;
  /** Done once, behind the next listing. */
  behindListing: (() => Promise<void>) | undefined;

  commit(): void {
    this.commits++;
  }

  async list(): Promise<void> {
    const once = this.behindListing;
    this.behindListing = undefined;
    await once?.();
  }
}

test("a replica forgets what it remembers of batches that another one rolled back and made anew", async () => {
  await using first = await openRig();
  const { one, hundred } = await openBank(first);
  await seal(first, one, 3);
  const clock = { ...systemClock, now: () => systemClock.now() + 60_000 };
  await using second = await openRig({ on: first.modules, replica: "replica-2", clock });
  await second.service.rollback(place, 1);
  await seal(second, hundred, 2);
  await second.service[Symbol.asyncDispose]();
  await seal(first, one, 1);
  expect(await stateOf(first, "bank")).toEqual({ total: "202" });
});

test("a serial is never used again, however often a ledger is rolled back", async () => {
  await using rig = await openRig();
  const { one } = await openBank(rig);
  const serials = new Set<number>();
  for (let round = 0; round < 4; round++) {
    for (let n = 0; n < 3; n++) {
      await seal(rig, one, 1);
      serials.add((await rig.service.batch(place)).serial);
    }
    await rig.service.rollback(place, round % 2);
    await rig.service.rollback(place, 0);
  }
  expect(serials.size).toBe(12);
});

test("what is read while a ledger is rolled back and goes on is one state, not parts of two", async () => {
  const watcher = new Watcher();
  await using rig = await openRig({ around: (driver) => watched(driver, watcher) });
  const { one, hundred } = await openBank(rig);
  await seal(rig, one, 3);
  watcher.behindListing = async () => {
    await rig.service.rollback(place, 1);
    await seal(rig, hundred, 2);
  };
  const { root, entries } = await rig.service.state(place, { at: 3 });
  expect(root).toBe((await rig.service.batch(place, 3)).root);
  expect(entries.map(({ value }) => Buffer.from(value).toString())).toEqual(["201"]);
});

test("going back many batches takes few commits", async () => {
  const watcher = new Watcher();
  await using rig = await openRig({ around: (driver) => watched(driver, watcher) });
  const { one } = await openBank(rig);
  await seal(rig, one, 60);
  const before = watcher.commits;
  await rig.service.rollback(place, 5);
  expect(watcher.commits - before).toBeLessThan(12);
  expect(await stateOf(rig, "bank")).toEqual({ total: "5" });
});
