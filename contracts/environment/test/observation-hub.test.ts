import { expect, test } from "vitest";
import { newCall, type Observation, ObservationHub, watchersMax } from "../src/index.ts";

const call = (signal?: AbortSignal) => newCall({ principal: "p", timeoutMs: 5_000, signal });
const at = (n: number, point = "a"): Observation => ({ at: n, point, facts: {} });

async function allOf(observations: AsyncIterable<Observation>): Promise<readonly number[]> {
  const seen: number[] = [];
  for await (const each of observations) seen.push(each.at);
  return seen;
}

test("watching begins with the call, and ends with the hub once everything was told", async () => {
  const hub = new ObservationHub({ points: ["a", "b"], isLossy: true });
  hub.tell(at(0));
  const watched = hub.observe(["a"], call());
  for (const n of [1, 2]) hub.tell(at(n));
  hub.tell(at(3, "b"));
  hub.close();
  expect(await allOf(watched)).toEqual([1, 2]);
  expect(hub.isWatched).toBe(false);
});

test("a lossy hub drops the oldest for a slow watcher", async () => {
  const hub = new ObservationHub({ points: ["a"], isLossy: true, waitingMax: 3 });
  const watched = hub.observe(["a"], call());
  for (let n = 0; n < 10; n++) hub.tell(at(n));
  hub.close();
  expect(await allOf(watched)).toEqual([7, 8, 9]);
});

test("a hub that is not lossy ends a slow watch with a fault, after what was before the gap", async () => {
  const hub = new ObservationHub({ points: ["a"], isLossy: false, waitingMax: 3 });
  const watched = hub.observe(["a"], call())[Symbol.asyncIterator]();
  for (let n = 0; n < 4; n++) hub.tell(at(n));
  expect((await watched.next()).value).toEqual(at(0));
  // There is room again, and it stays a gap all the same.
  hub.tell(at(4));
  expect([(await watched.next()).value, (await watched.next()).value]).toEqual([at(1), at(2)]);
  await expect(watched.next()).rejects.toMatchObject({ fault: { code: "quota.exceeded" } });
  expect(hub.isWatched).toBe(false);
});

test("an abort lets go of a watcher that never asked for anything", async () => {
  const hub = new ObservationHub({ points: ["a"], isLossy: true });
  const leaving = new AbortController();
  const watched = hub.observe(["a"], call(leaving.signal));
  expect(hub.isWatched).toBe(true);
  leaving.abort();
  expect(hub.isWatched).toBe(false);
  expect(await allOf(watched)).toEqual([]);
});

test("an unknown point and one watcher too many are refused", () => {
  const hub = new ObservationHub({ points: ["a"], isLossy: true });
  expect(() => hub.observe(["a", "c"], call())).toThrow(/points\/1/);
  for (let n = 0; n < watchersMax; n++) hub.observe(["a"], call());
  expect(() => hub.observe(["a"], call())).toThrow(/64 watchers/);
});
