import type { StateDriver } from "@bedplate/state";
import { expect, test } from "vitest";
import { packGroups } from "../src/store/pack-commits.ts";
import { openRig, project, stateOf } from "./rig.ts";

const place = { project, name: "bank" };

/** Counts commits to the store. */
function countCommits(driver: StateDriver, counts: { commits: number }): StateDriver {
  return new Proxy(driver, {
    get: (target, member) => {
      if (member === "commit") counts.commits++;
      const found: unknown = Reflect.get(target, member);
      return typeof found === "function" ? found.bind(target) : found;
    },
  });
}

async function openLine(count: number, counts: { commits: number }) {
  const rig = await openRig({ around: (driver) => countCommits(driver, counts) });
  await rig.service.create({ ...place, slot: "fake" });
  const ids: string[] = [];
  for (let n = 0; n < count; n++) {
    // All of them want the same place: the first one takes it.
    const artifact = await rig.put({
      steps: [
        { do: "turn", key: "line", place: 0 },
        { do: "burn", fuel: n },
      ],
    });
    const once = { idempotencyKey: `k${n}` };
    const request = { artifact, entry: "main", input: new Uint8Array(), ...once };
    ids.push((await rig.service.submit(place, request)).transaction.id);
  }
  return { rig, ids };
}

test("what is dropped together is written together", async () => {
  const commits: number[] = [];
  for (const count of [2, 40]) {
    const counts = { commits: 0 };
    const { rig, ids } = await openLine(count, counts);
    await using _rig = rig;
    counts.commits = 0;
    expect(await rig.service.seal(place)).toMatchObject({ transactions: 1 });
    commits.push(counts.commits);
    for (const id of ids.slice(1)) {
      const status = await rig.service.transaction(place, id);
      expect(status).toMatchObject({ phase: "dropped", reason: "its place has gone by" });
    }
    expect(await rig.service.seal(place)).toBeNull();
  }
  expect(commits[1]).toBe(commits[0]);
});

test("what belongs together is in one commit, and a commit is as full as that lets it be", () => {
  const limits = { commitItemsMax: 16 + 10, commitBytesMax: 1024 * 1024 };
  const groups = [4, 4, 4, 2, 4, 12, 1].map((size, n) =>
    Array.from({ length: size }, (_, at) => ({ delete: `${n}-${at}` })),
  );
  const packs = packGroups(groups, limits);
  expect(packs.map((ops) => ops.length)).toEqual([8, 10, 12, 1]);
  expect(packs.flat()).toEqual(groups.flat());
});

for (const [what, turn] of [
  ["dropped", 0],
  ["too early", 5],
] as const) {
  test(`a seal goes on behind what is ${what}, as long as anything waits`, async () => {
    await using rig = await openRig({ limits: { batchTransactionsMax: 2 } });
    await rig.service.create({ ...place, slot: "fake" });
    const submit = async (script: Parameters<typeof rig.put>[0]) => {
      const request = { entry: "main", input: new Uint8Array(), artifact: await rig.put(script) };
      await rig.service.submit(place, request);
    };
    for (let n = 0; n < 6; n++) await submit({ steps: [{ do: "turn", key: "line", place: turn }] });
    await submit({ steps: [{ do: "add", key: "total", by: 1 }] });
    const first = turn === 0 ? 1 : 0;
    if (first === 1) expect(await rig.service.seal(place)).toMatchObject({ transactions: 1 });
    expect(await rig.service.seal(place)).toMatchObject({ number: first + 1, transactions: 1 });
    expect(await rig.service.seal(place)).toBeNull();
    expect(await stateOf(rig, "bank")).toMatchObject({ total: "1" });
  });
}
