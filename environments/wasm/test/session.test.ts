import { encodeProgramInput } from "@bedplate/environment";
import { expect, test } from "vitest";
import { programs } from "../src/conformance/assembled.ts";
import { hostile, prepared } from "./programs/assembled.ts";
import { call, openRig, plenty, run, textOf } from "./rig.ts";

test("a run that does not return leaves the session as it was, also after memory grew", async () => {
  const rig = await openRig();
  const instance = await rig.instance(programs, { session: true });
  const count = async () => textOf(await run(instance, { entry: "count" }));
  const { rewind } = instance.facets;
  expect(await count()).toBe("1");
  const before = await rewind.digest(call());
  for (const entry of ["trap", "fail", "hoard", "spin"]) {
    const budget = { ...plenty, fuel: 5_000_000, memoryBytes: 1024 * 1024 };
    const { outcome } = await run(instance, { entry, budget });
    expect(outcome.kind).not.toBe("returned");
    expect(await rewind.digest(call())).toBe(before);
  }
  expect(await count()).toBe("2");
});

test("a mark survives the growth of memory and comes back whole", async () => {
  const rig = await openRig();
  const instance = await rig.instance(hostile, { session: true });
  const { rewind } = instance.facets;
  const before = await rewind.digest(call());
  const mark = await rewind.mark(call());
  const budget = { ...plenty, memoryBytes: 1024 * 1024 };
  expect(textOf(await run(instance, { entry: "many_small", budget }))).toBe("");
  expect(await rewind.digest(call())).not.toBe(before);
  await rewind.rewind(mark, call());
  expect(await rewind.digest(call())).toBe(before);
  expect((await run(instance, { entry: "quiet" })).usage.memoryBytes).toBe(65_536);
});

test("runs and marks that are asked together come one after the other", async () => {
  const rig = await openRig();
  const instance = await rig.instance(programs, { session: true });
  const { rewind } = instance.facets;
  const [first, mark, second] = await Promise.all([
    run(instance, { entry: "count" }),
    rewind.mark(call()),
    run(instance, { entry: "count" }),
  ]);
  expect([textOf(first), textOf(second)]).toEqual(["1", "2"]);
  await rewind.rewind(mark, call());
  expect(textOf(await run(instance, { entry: "count" }))).toBe("2");
});

test("without a session every run starts from the base state", async () => {
  const rig = await openRig();
  const instance = await rig.instance(programs);
  const before = await instance.facets.rewind.digest(call());
  for (let i = 0; i < 3; i++) expect(textOf(await run(instance, { entry: "count" }))).toBe("1");
  expect(await instance.facets.rewind.digest(call())).toBe(before);
});

test("a module whose state cannot be put back has no session", async () => {
  const rig = await openRig();
  await expect(rig.instance(prepared, { session: true })).rejects.toMatchObject({
    code: "argument.invalid",
    fault: { detail: { path: "/config/session" } },
  });
});

test("normal and deterministic instances differ in their receipts", async () => {
  const rig = await openRig();
  const receipts = [];
  for (const profile of ["normal", "deterministic"]) {
    const instance = await rig.instance(programs, { profile });
    const input = encodeProgramInput({});
    receipts.push((await run(instance, { entry: "echo", input })).receipt);
  }
  expect(receipts[0]).not.toBe(receipts[1]);
});
