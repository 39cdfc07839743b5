import { type Clock, systemClock } from "@bedplate/clock";
import type { StateDriver } from "@bedplate/state";
import { expect, test } from "vitest";
import { bytes, keysOf, openRig, project, type Rig, stateOf } from "./rig.ts";

const place = { project, name: "bank" };
const transactions = 12;

/** A store whose writer dies at a commit: that one happens or does not, and none comes after. */
class Death {
  left = Number.POSITIVE_INFINITY;
  isAfter = false;
  isDead = false;

  around(driver: StateDriver): StateDriver {
    return {
      limits: driver.limits,
      capabilities: driver.capabilities,
      getMany: (namespace, keys) => driver.getMany(namespace, keys),
      list: (namespace, range) => driver.list(namespace, range),
      head: (namespace) => driver.head(namespace),
      history: (namespace, from) => driver.history(namespace, from),
      onCommit: (namespace, listener) => driver.onCommit(namespace, listener),
      [Symbol.asyncDispose]: () => driver[Symbol.asyncDispose](),
      commit: async (namespace, commit) => {
        if (this.isDead) throw new Error("dead");
        this.left--;
        if (this.left > 0) return driver.commit(namespace, commit);
        this.isDead = true;
        if (this.isAfter) await driver.commit(namespace, commit);
        throw new Error("died");
      },
    };
  }
}

/** So far ahead that every lease of the one before is over. */
function later(): Clock {
  return { ...systemClock, now: () => systemClock.now() + 60_000 };
}

/** Small commits, so that every batch is staged; or large ones, so that none is. */
const sizes = { staged: 48, whole: 8_192 };

async function openBank(death: Death, commitItemsMax: number): Promise<Rig> {
  const rig = await openRig({
    around: (driver) => death.around(driver),
    stateLimits: { commitItemsMax },
  });
  const artifact = await rig.put({
    steps: [
      { do: "add", key: "total", by: 1 },
      { do: "read" },
      { do: "write", key: "last", from: "input" },
    ],
  });
  const genesis = Array.from({ length: 3 }, (_, n) => ({ key: bytes(`g${n}`), value: bytes("x") }));
  await rig.service.create({ ...place, slot: "fake", genesis });
  for (let n = 0; n < transactions; n++) {
    await rig.service.submit(place, { artifact, entry: "main", input: bytes(`i${n}`) });
  }
  return rig;
}

/** Keys by what they are: serials in them differ. */
async function census(rig: Rig): Promise<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const key of await keysOf(rig.modules.state, "")) {
    const [kind = ""] = key.split("/");
    counts[kind] = (counts[kind] ?? 0) + 1;
  }
  return counts;
}

async function sealAll(rig: Rig): Promise<void> {
  for (;;) {
    if ((await rig.service.seal(place)) === null) return;
  }
}

for (const [name, commitItemsMax] of Object.entries(sizes)) {
  test(`a writer that dies at any commit of a ${name} batch leaves all of it or nothing`, async () => {
    const death = new Death();
    await using calm = await openBank(death, commitItemsMax);
    await sealAll(calm);
    const expected = { state: await stateOf(calm, "bank"), census: await census(calm) };
    expect(expected.state).toMatchObject({ total: String(transactions), last: "i11" });
    let deaths = 0;
    for (let at = 1; ; at++) {
      let isOver = false;
      for (const isAfter of [false, true]) {
        const dying = new Death();
        await using first = await openBank(dying, commitItemsMax);
        dying.left = at;
        dying.isAfter = isAfter;
        await sealAll(first).catch(() => {});
        isOver = !dying.isDead;
        dying.isDead = false;
        dying.left = Number.POSITIVE_INFINITY;
        deaths++;
        await using second = await openRig({ on: first.modules, clock: later(), replica: "b" });
        expect(["0", undefined, String(transactions)]).toContain(
          (await stateOf(second, "bank"))["total"],
        );
        await sealAll(second);
        expect(await stateOf(second, "bank"), `${at} ${isAfter}`).toEqual(expected.state);
        expect(await census(second), `${at} ${isAfter}`).toEqual(expected.census);
      }
      if (isOver) break;
    }
    expect(deaths).toBeGreaterThan(name === "staged" ? 8 : 3);
  });
}

test("a writer that dies at any commit of a rollback leaves the one state or the other", async () => {
  const expected = await rolledBack(undefined);
  for (let at = 1; ; at++) {
    const found = await rolledBack(at);
    expect(found.census, `${at}`).toEqual(expected.census);
    expect(found.state, `${at}`).toEqual(expected.state);
    if (!found.hasDied) break;
    expect(at).toBeLessThan(100);
  }
});

async function rolledBack(dieAt: number | undefined) {
  const death = new Death();
  await using rig = await openBank(death, sizes.staged);
  await sealAll(rig);
  if (dieAt !== undefined) death.left = dieAt;
  await rig.service.rollback(place, 0).catch(() => {});
  const hasDied = death.isDead;
  death.isDead = false;
  death.left = Number.POSITIVE_INFINITY;
  await using second = await openRig({ on: rig.modules, clock: later(), replica: "b" });
  const { head } = await second.service.get(place);
  expect([0, 1]).toContain(head.document.number);
  if (head.document.number === 1) {
    expect(await stateOf(second, "bank")).toMatchObject({ total: String(transactions) });
  }
  await second.service.rollback(place, 0);
  expect(await second.service.seal(place)).toBeNull();
  return { hasDied, state: await stateOf(second, "bank"), census: await census(second) };
}

test("a maker that dies leaves no ledger, and its name is free again", async () => {
  const genesis = Array.from({ length: 60 }, (_, n) => ({
    key: bytes(`g${n}`),
    value: bytes("x"),
  }));
  for (let at = 1; ; at++) {
    const death = new Death();
    await using rig = await openRig({
      around: (driver) => death.around(driver),
      stateLimits: { commitItemsMax: sizes.staged },
    });
    death.left = at;
    const request = { ...place, slot: "fake", genesis };
    await rig.service.create(request).catch(() => {});
    const hasDied = death.isDead;
    death.isDead = false;
    death.left = Number.POSITIVE_INFINITY;
    if (!hasDied) break;
    expect(await rig.service.list(project)).toEqual([]);
    await using second = await openRig({ on: rig.modules, clock: later(), replica: "b" });
    await second.service.create(request);
    expect(Object.keys(await stateOf(second, "bank"))).toHaveLength(60);
    const { ledger, head, name, lease } = await census(second);
    expect({ ledger, head, name, lease }).toEqual({ ledger: 1, head: 1, name: 1, lease: 1 });
  }
});

test("two replicas that seal the same ledger apply each transaction once", async () => {
  await using one = await openRig({ replica: "a" });
  await using two = await openRig({ on: one.modules, replica: "b" });
  const artifact = await one.put({ steps: [{ do: "add", key: "total", by: 1 }] });
  await one.service.create({ ...place, slot: "fake" });
  const rigs = [one, two];
  for (let round = 0; round < 10; round++) {
    const request = { artifact, entry: "main", input: new Uint8Array() };
    for (const rig of rigs) await rig.service.submit(place, request);
    await Promise.allSettled(rigs.map((rig) => rig.service.seal(place)));
    // Each takes the right from the other, in the middle of its work.
    const { head } = await one.service.get(place);
    const { number } = head.document;
    await Promise.allSettled([
      rigs[round % 2]?.service.seal(place),
      rigs[(round + 1) % 2]?.service.rollback(place, number),
    ]);
  }
  await Promise.allSettled(rigs.map((rig) => sealAll(rig)));
  const done = new Set<string>();
  for (const { number } of (await one.service.batches(place)).batches) {
    const { receipts } = await one.service.receipts(place, { number });
    for (const { transaction } of receipts) {
      expect(done.has(transaction)).toBe(false);
      done.add(transaction);
    }
  }
  const { total = "0" } = await stateOf(one, "bank");
  expect(done.size).toBe(Number(total));
  expect(done.size).toBeGreaterThan(0);
});
