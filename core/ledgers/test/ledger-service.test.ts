import { expect, test } from "vitest";
import { bytes, openRig, project, type Rig, stateOf } from "./rig.ts";

const place = { project, name: "bank" };

async function openBank(options: Parameters<typeof openRig>[0] = {}) {
  const rig = await openRig(options);
  const artifact = await rig.put({
    steps: [
      { do: "add", key: "total", by: 1 },
      { do: "say", topic: "counted", from: "value" },
    ],
    entries: {
      revert: [{ do: "add", key: "total", by: 1 }, { do: "revert" }],
      trap: [{ do: "write", key: "total", text: "broken" }, { do: "trap" }],
      drop: [{ do: "write", key: "total", text: null }],
      broken: [{ do: "fault", code: "plugin.crashed" }],
      wide: [{ do: "write", key: "k".repeat(300), text: "x" }],
    },
  });
  await rig.service.create({ ...place, slot: "fake" });
  const submit = (entry = "main", more: object = {}) =>
    rig.service.submit(place, { artifact, entry, input: new Uint8Array(), ...more });
  return { rig, artifact, submit };
}

async function seal(rig: Rig) {
  return rig.service.seal(place);
}

test("a batch applies what returned, and writes nothing of what did not", async () => {
  const { rig, submit } = await openBank();
  await using _rig = rig;
  for (const entry of ["main", "revert", "trap", "main"]) await submit(entry);
  const batch = await seal(rig);
  expect(batch).toMatchObject({ number: 1, transactions: 4, changes: 1 });
  expect(await stateOf(rig, "bank")).toEqual({ total: "2" });
  const { receipts } = await rig.service.receipts(place, { number: 1 });
  expect(receipts.map((each) => each.outcome.kind)).toEqual([
    "returned",
    "reverted",
    "trapped",
    "returned",
  ]);
  expect(receipts.every((each) => each.fuel > 0)).toBe(true);
  expect(receipts[0]?.events).toEqual([{ topic: "counted", data: bytes("1") }]);
  expect(await seal(rig)).toBeNull();
});

test("a transaction is accepted once, whatever repeats it, and another under its key is refused", async () => {
  const { rig, submit } = await openBank();
  await using _rig = rig;
  const idempotencyKey = "k1";
  const ids = new Set<string>();
  for (let n = 0; n < 3; n++) ids.add((await submit("main", { idempotencyKey })).transaction.id);
  await seal(rig);
  ids.add((await submit("main", { idempotencyKey })).transaction.id);
  expect(ids.size).toBe(1);
  expect(await seal(rig)).toBeNull();
  expect(await stateOf(rig, "bank")).toEqual({ total: "1" });
  await expect(submit("revert", { idempotencyKey })).rejects.toMatchObject({
    code: "idempotency.mismatch",
  });
});

test("every retained state can be read and returned to", async () => {
  const { rig, submit } = await openBank();
  await using _rig = rig;
  const roots: string[] = [(await rig.service.batch(place, 0)).root];
  for (const entry of ["main", "main", "drop", "main"]) {
    await submit(entry);
    roots.push((await seal(rig))?.root ?? "");
  }
  const states = [{}, { total: "1" }, { total: "2" }, {}, { total: "1" }];
  for (const [at, state] of states.entries()) expect(await stateOf(rig, "bank", at)).toEqual(state);
  expect(roots[3]).toBe(roots[0]);
  expect(roots[4]).toBe(roots[1]);
  const { head } = await rig.service.rollback(place, 2);
  expect(head.document).toMatchObject({ number: 2, root: roots[2] });
  expect(await stateOf(rig, "bank")).toEqual({ total: "2" });
  await expect(rig.service.batch(place, 3)).rejects.toMatchObject({ code: "resource.missing" });
  await submit("main");
  expect(await seal(rig)).toMatchObject({ number: 3, parent: roots[2] });
  expect(await stateOf(rig, "bank")).toEqual({ total: "3" });
});

test("what was rolled back says so, and does not come again", async () => {
  const { rig, submit } = await openBank();
  await using _rig = rig;
  const idempotencyKey = "once";
  const first = await submit("main", { idempotencyKey });
  await seal(rig);
  await rig.service.rollback(place, 0);
  const again = await submit("main", { idempotencyKey });
  expect(again.transaction.id).toBe(first.transaction.id);
  expect(again.phase).toBe("rolled-back");
  expect(await seal(rig)).toBeNull();
  expect(await stateOf(rig, "bank")).toEqual({});
});

test("a transaction that the platform fails at again and again is given up, and those behind it go on", async () => {
  const { rig, submit } = await openBank();
  await using _rig = rig;
  const broken = await submit("broken");
  const good = await submit("main");
  for (let n = 0; n < 3; n++) await expect(seal(rig)).rejects.toThrow("Cannot execute");
  expect(await stateOf(rig, "bank")).toEqual({});
  expect(await seal(rig)).toMatchObject({ transactions: 1 });
  expect(await rig.service.transaction(place, broken.transaction.id)).toMatchObject({
    phase: "failed",
    fault: { code: "plugin.crashed" },
  });
  expect(await rig.service.transaction(place, good.transaction.id)).toMatchObject({
    phase: "done",
    batch: 1,
  });
});

test("what exceeds the bounds of a ledger is refused and writes nothing", async () => {
  const { rig, submit } = await openBank();
  await using _rig = rig;
  await submit("wide");
  expect(await seal(rig)).toMatchObject({ changes: 0 });
  const { receipts } = await rig.service.receipts(place, { number: 1 });
  expect(receipts[0]?.outcome).toEqual({
    kind: "refused",
    reason: "it writes a key of more than 256 bytes",
  });
});

test("history beyond what is retained goes, and nothing of it stays", async () => {
  await using rig = await openRig();
  const artifact = await rig.put({ steps: [{ do: "add", key: "n", by: 1 }] });
  await rig.service.create({ ...place, slot: "fake", retainBatches: 3 });
  const counts: number[] = [];
  for (let n = 0; n < 12; n++) {
    const request = { artifact, entry: "main", input: new Uint8Array(), idempotencyKey: `k${n}` };
    await rig.service.submit(place, request);
    await rig.service.seal(place);
    counts.push(await countKeys(rig));
  }
  expect(new Set(counts.slice(6).map((each, n) => each - n))).toHaveProperty("size", 1);
  const { head } = await rig.service.get(place);
  expect(head.document).toMatchObject({ number: 12, oldest: 9, pruned: 9 });
  expect(await stateOf(rig, "bank", 9)).toEqual({ n: "9" });
  await expect(rig.service.state(place, { at: 8 })).rejects.toMatchObject({
    code: "resource.missing",
  });
  await expect(rig.service.rollback(place, 8)).rejects.toMatchObject({ code: "resource.missing" });
});

test("a snapshot carries a state into another ledger, with the same root", async () => {
  const { rig, submit } = await openBank();
  await using _rig = rig;
  await submit();
  await submit("main");
  const { root = "" } = (await seal(rig)) ?? {};
  const exported = await rig.service.export(place);
  expect(exported).toMatchObject({ number: 1, root });
  const copy = { project, name: "copy" };
  await rig.service.create({ ...copy, slot: "fake", snapshot: exported.digest });
  expect(await stateOf(rig, "copy")).toEqual({ total: "2" });
  expect((await rig.service.batch(copy, 0)).root).toBe(root);
});

test("a snapshot that was changed is refused, and no ledger is made", async () => {
  const { rig, submit } = await openBank();
  await using _rig = rig;
  await submit();
  await seal(rig);
  const { digest } = await rig.service.export(place);
  const snapshot = await rig.modules.artifacts.read(digest);
  const made: string[] = [];
  for (let at = 0; at < snapshot.length; at++) {
    const changed = Uint8Array.from(snapshot);
    changed[at] = (changed[at] ?? 0) ^ 1;
    const name = `copy-${at}`;
    const request = { project, name, slot: "fake", snapshot: await rig.put(changed) };
    await rig.service.create(request).then(
      () => made.push(name),
      (error: unknown) =>
        expect(["argument.invalid", "digest.mismatch"]).toContain((error as { code: string }).code),
    );
  }
  // The number of the batch is a note: it says nothing of the state.
  expect(made.length).toBeLessThanOrEqual(1);
  for (const name of made) expect(await stateOf(rig, name)).toEqual(await stateOf(rig, "bank"));
  expect(await rig.service.list(project)).toHaveLength(1 + made.length);
});

test("wrong input is refused with its place, and stores nothing", async () => {
  const { rig, artifact, submit } = await openBank();
  await using _rig = rig;
  const before = await countKeys(rig);
  const big = new Uint8Array(65 * 1024);
  const wrong: [object, string][] = [
    [{ input: big }, "argument.invalid"],
    [{ entry: "nowhere" }, "argument.invalid"],
    [{ artifact: "sha256:xyz" }, "argument.invalid"],
    [{ artifact: `sha256:${"1".repeat(64)}` }, "resource.missing"],
    [{ sender: "" }, "argument.invalid"],
    [{ sender: "a b" }, "argument.invalid"],
    [{ priority: 10 }, "argument.invalid"],
    [{ gasPrice: -1 }, "argument.invalid"],
    [{ access: { reads: [new Uint8Array(257)], writes: [] } }, "argument.invalid"],
  ];
  for (const [change, code] of wrong) {
    await expect(submit("main", change), JSON.stringify(change).slice(0, 60)).rejects.toMatchObject(
      { code },
    );
  }
  const create = (change: object) =>
    rig.service.create({ project, name: "other", slot: "fake", ...change });
  const twice = [
    { key: bytes("a"), value: bytes("1") },
    { key: bytes("a"), value: bytes("2") },
  ];
  await expect(create({ name: "No" })).rejects.toMatchObject({ code: "argument.invalid" });
  await expect(create({ slot: "nope" })).rejects.toMatchObject({ code: "resource.missing" });
  await expect(create({ commitment: "nope" })).rejects.toMatchObject({ code: "argument.invalid" });
  await expect(create({ genesis: twice })).rejects.toMatchObject({ code: "argument.invalid" });
  await expect(create({ name: "bank" })).rejects.toMatchObject({ code: "resource.exists" });
  await expect(create({ retainBatches: 0 })).rejects.toMatchObject({ code: "argument.invalid" });
  const missing = { artifact, entry: "main", input: new Uint8Array() };
  await expect(rig.service.submit({ project, name: "none" }, missing)).rejects.toMatchObject({
    code: "resource.missing",
  });
  expect(await countKeys(rig)).toBe(before);
});

test("no more transactions wait than may", async () => {
  const { rig, submit } = await openBank({ limits: { waitingMax: 3 } });
  await using _rig = rig;
  for (let n = 0; n < 3; n++) await submit();
  await expect(submit()).rejects.toMatchObject({ code: "quota.exceeded" });
});

test("the batcher seals what waits by itself, and a release may be swapped in between", async () => {
  const { rig, submit } = await openBank();
  await using _rig = rig;
  rig.service.start();
  const { fakePlugin } = await import("@bedplate/environment-fake");
  const plugin = fakePlugin({ version: "2.0.0" }) as never;
  await rig.registry.releases.register({ plugin, grants: ["blob:read"] }, { actor: "test" });
  const signal = AbortSignal.timeout(20_000);
  const one = await submit();
  await rig.service.wait(place, { id: one.transaction.id, signal });
  await rig.registry.slots.swap(
    "fake",
    { name: "fake", version: "2.0.0" },
    { actor: "test", drainMs: 1_000 },
  );
  const two = await submit();
  expect(await rig.service.wait(place, { id: two.transaction.id, signal })).toMatchObject({
    phase: "done",
  });
  const { batches } = await rig.service.batches(place);
  expect(batches.map((each) => each.release?.version)).toEqual(["2.0.0", "1.0.0", undefined]);
  expect(await stateOf(rig, "bank")).toEqual({ total: "2" });
});

async function countKeys(rig: Rig): Promise<number> {
  let count = 0;
  for await (const { key } of rig.modules.state.listAll({})) {
    if (!Buffer.from(key).toString("latin1").startsWith("lease/")) count++;
  }
  return count;
}
