import { readFileSync } from "node:fs";
import { encodeScript } from "@bedplate/environment-fake";
import { faultOf, openScratchFolder } from "@bedplate/testkit";
import { describeWithEngines } from "@bedplate/testkit/vitest";
import { expect, test } from "vitest";
import { openRig } from "./rig.ts";
import { ledgerCrashScenario, replicaConfigs } from "./scenarios/ledger-crash.ts";

// The crashes at full size: `npm run prove -- ledgers`.

const fast = { ledgers: { sealMs: 10 } };

test("a ledger over HTTP: create, submit, wait, read, roll back, export, import", async () => {
  await using rig = await openRig({ config: fast });
  const { ledgers, artifacts } = rig.client;
  const script = {
    steps: [
      { do: "add", by: 1 } as const,
      { do: "output", from: "value" } as const,
      { do: "say", topic: "count", from: "value" } as const,
    ],
  };
  const made = await ledgers.create({
    name: "bank",
    slot: "fake",
    order: "gas-price",
    genesis: [{ key: "a", value: "10" }],
  });
  expect(made).toMatchObject({ name: "bank", batch: 0, oldest: 0 });
  const artifact = encodeScript(script);
  const submit = (input: string, idempotencyKey?: string) =>
    ledgers.submit("bank", { artifact, entry: "main", input, idempotencyKey });
  const first = await submit("a", "one");
  const done = await ledgers.wait("bank", first.id);
  expect(done).toMatchObject({
    phase: "done",
    batch: 1,
    receipt: {
      index: 0,
      outcome: { kind: "returned", output: { text: "11" } },
      events: [{ topic: "count", data: { text: "11" } }],
    },
  });
  expect((await submit("a", "one")).id).toBe(first.id);
  await ledgers.wait("bank", (await submit("b")).id);
  const state = await ledgers.state("bank");
  expect(state.entries).toEqual([
    { key: { text: "a" }, value: { text: "11" } },
    { key: { text: "b" }, value: { text: "1" } },
  ]);
  expect((await ledgers.state("bank", { at: 0 })).entries).toHaveLength(1);
  const byHex = { key: "61", form: "hex" } as const;
  expect((await ledgers.state("bank", byHex)).entries[0]?.value).toEqual({ text: "11" });
  const { batches } = await ledgers.batches("bank");
  expect(batches.map((each) => each.number)).toEqual([2, 1, 0]);
  expect((await ledgers.receipts("bank", "last")).receipts).toHaveLength(1);
  expect((await ledgers.accessList("bank", 1)).keys).toMatchObject([
    { key: { text: "a" }, reads: [0], writes: [{ index: 0 }] },
  ]);

  const snapshot = await ledgers.export("bank");
  expect(snapshot).toMatchObject({ batch: 2, root: state.root });
  expect((await artifacts.get(snapshot.digest)).length).toBe(snapshot.bytes);
  const copy = await ledgers.create({ name: "copy", slot: "fake", snapshot: snapshot.digest });
  expect(copy.root).toBe(state.root);
  const rolled = await ledgers.rollback("bank", 1);
  expect(rolled).toMatchObject({ batch: 1, root: batches[1]?.root });
  expect((await ledgers.list()).map((each) => each.name)).toEqual(["bank", "copy"]);
});

test("a Wasm contract keeps its count in a ledger", async () => {
  await using rig = await openRig({ slots: ["wasm"], config: fast });
  const { ledgers } = rig.client;
  await ledgers.create({ name: "counts", slot: "wasm" });
  const path = new URL("../../../examples/contracts/counter.wasm", import.meta.url);
  const artifact = Uint8Array.from(readFileSync(path));
  const input = Uint8Array.of(5, 0, 0, 0, 0, 0, 0, 0);
  const submitted = await Promise.all(
    [1, 2, 3].map(() => ledgers.submit("counts", { artifact, entry: "add", input })),
  );
  for (const { id } of submitted) await ledgers.wait("counts", id);
  const { entries } = await ledgers.state("counts", { key: "count" });
  expect(entries).toEqual([{ key: { text: "count" }, value: { text: "\u000f\0\0\0\0\0\0\0" } }]);
});

test("wrong requests are answered with their fault, and leave nothing", async () => {
  await using rig = await openRig({ config: fast });
  const { ledgers } = rig.client;
  await ledgers.create({ name: "bank", slot: "fake" });
  const artifact = encodeScript({ steps: [] });
  const wrong: readonly [() => Promise<unknown>, string][] = [
    [() => ledgers.create({ name: "bank", slot: "fake" }), "resource.exists"],
    [() => ledgers.create({ name: "A b", slot: "fake" }), "argument.invalid"],
    [() => ledgers.create({ name: "x", slot: "nothing" }), "resource.missing"],
    [() => ledgers.get("none"), "resource.missing"],
    [() => ledgers.batch("bank", 7), "resource.missing"],
    [() => ledgers.state("bank", { key: "0", form: "hex" }), "argument.invalid"],
    [() => ledgers.rollback("bank", 9), "resource.missing"],
    [() => ledgers.transaction("bank", "tx_none"), "resource.missing"],
    [() => ledgers.submit("bank", { artifact, entry: "other" }), "argument.invalid"],
    [() => ledgers.submit("bank", { artifact, entry: "main", priority: 11 }), "argument.invalid"],
    [
      () => ledgers.submit("bank", { artifact, entry: "main", input: new Uint8Array(70_000) }),
      "argument.invalid",
    ],
  ];
  for (const [ask, code] of wrong) expect((await faultOf(ask())).code).toBe(code);
  const response = await rig.fetch("/v1/ledgers/bank/batches/first");
  expect(response.status).toBe(400);
  const unknown = { method: "POST", body: JSON.stringify({ name: "y", slot: "fake", extra: 1 }) };
  expect((await rig.fetch("/v1/ledgers", unknown)).status).toBe(400);
  expect(await ledgers.list()).toHaveLength(1);
  expect((await ledgers.get("bank")).batch).toBe(0);
});

test("a server that is killed in the middle of batches loses no transaction and applies none twice", {
  timeout: 180_000,
}, async () => {
  using scratch = openScratchFolder();
  const config = { data: `file:${scratch.path}`, listen: { port: 0 }, ledgers: { sealMs: 60 } };
  const report = await ledgerCrashScenario({ configs: [config], kills: 3, perLife: 30 });
  expect(report).toMatchObject({ lost: 0, doubled: 0, wrongRollbacks: 0, isRootRight: true });
  expect(report.done).toBeGreaterThan(0);
});

describeWithEngines("two servers on one PostgreSQL", ["postgres"], () => {
  test("take over each other's ledgers when they are killed", { timeout: 240_000 }, async () => {
    using scratch = openScratchFolder();
    await using replicas = await replicaConfigs(scratch.path);
    const { configs } = replicas;
    const report = await ledgerCrashScenario({ configs, kills: 2, perLife: 20 });
    expect(report).toMatchObject({ lost: 0, doubled: 0, wrongRollbacks: 0, isRootRight: true });
    expect(report.done).toBeGreaterThan(0);
  });
});
