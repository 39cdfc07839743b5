import { type CrossCall, emptyState, type Invocation } from "@bedplate/environment";
import { expect, test } from "vitest";
import { caller } from "./programs/assembled.ts";
import { example, MapState, openRig, plenty, run, textOf } from "./rig.ts";

const eight = (value: number) => {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(value), true);
  return bytes;
};

test("the counter example counts, tells of it, and reverts what does not fit", async () => {
  const rig = await openRig();
  const instance = await rig.instance(example("contracts/counter.wasm"));
  const reads = new MapState({ count: Buffer.from(eight(40)).toString("latin1") });
  const added = await run(instance, { entry: "add", input: eight(2), reads });
  expect(added.outcome).toEqual({ kind: "returned", output: eight(42) });
  expect(added.writes).toEqual([{ key: Uint8Array.from(Buffer.from("count")), value: eight(42) }]);
  expect(added.events).toEqual([{ topic: "counted", data: eight(42) }]);
  const wrong = await run(instance, { entry: "add", input: new Uint8Array(3), reads });
  expect(textOf(wrong)).toBe("the input must have eight bytes");
  const full = new MapState({ count: Buffer.alloc(8, 255).toString("latin1") });
  const over = await run(instance, { entry: "add", input: eight(1), reads: full });
  expect(over).toMatchObject({ outcome: { kind: "reverted" }, writes: [] });
});

test("a run sees its own writes", async () => {
  const rig = await openRig();
  const own = await rig.run(caller, { entry: "own", reads: new MapState({ k: "1" }) });
  expect(textOf(own)).toBe("1m");
});

function answering(answer: Awaited<ReturnType<CrossCall>>, onCall = () => {}) {
  const asked: Parameters<CrossCall>[0][] = [];
  const call: CrossCall = async (request) => {
    asked.push(request);
    onCall();
    return answer;
  };
  return { asked, call };
}

test("a cross-call is asked once, and reads before it stay what they were", async () => {
  const rig = await openRig();
  const values = { k: "1" };
  const { asked, call } = answering(
    { kind: "returned", output: Buffer.from("!"), fuelUsed: 1_000 },
    () => {
      values.k = "2";
    },
  );
  // The same state, changed by the callee in between.
  const reads = {
    peek: (key: Uint8Array) => (String.fromCharCode(...key) === "k" ? Buffer.from(values.k) : null),
    load: async () => {},
  };
  const told: string[] = [];
  const executed = await rig.run(caller, {
    call,
    reads,
    onEvent: ({ topic }) => told.push(topic),
  });
  expect(textOf(executed)).toBe("1!2");
  expect(asked).toMatchObject([{ target: "other", entry: "main", isStatic: false }]);
  expect(asked[0]?.budget.fuel).toBe(1_000_000);
  expect(told).toEqual(["k"]);
  expect(executed.events).toHaveLength(1);
});

test("the callee's fuel is the caller's, and never more than was granted", async () => {
  const rig = await openRig();
  const fuel = async (fuelUsed: number | undefined) => {
    const { call } = answering({ kind: "returned", output: new Uint8Array(), fuelUsed });
    return (await rig.run(caller, { call })).usage.fuel;
  };
  const none = await fuel(0);
  expect((await fuel(1_234)) - none).toBe(1_234);
  expect((await fuel(undefined)) - none).toBe(1_000_000);
  expect((await fuel(2 ** 50)) - none).toBe(1_000_000);
});

test("calls without end reach the limit of calls", async () => {
  const rig = await openRig();
  const { asked, call } = answering({ kind: "returned", output: new Uint8Array(), fuelUsed: 1 });
  const { outcome } = await rig.run(caller, {
    entry: "circle",
    call,
    budget: { ...plenty, fuel: 10_000_000_000 },
  });
  expect(outcome).toEqual({ kind: "trapped", reason: "too many calls" });
  expect(asked).toHaveLength(1_024);
});

test("a call without anything to call traps, and a failing host is a fault", async () => {
  const rig = await openRig();
  const { outcome } = await rig.run(caller);
  expect(outcome).toEqual({ kind: "trapped", reason: "there is nothing to call" });
  const call = () => Promise.reject(new Error("the host broke"));
  await expect(rig.run(caller, { call })).rejects.toMatchObject({ code: "internal.bug" });
});

test("fuel is exact: every budget below what a run uses ends it without a write", async () => {
  const rig = await openRig();
  const instance = await rig.instance(example("contracts/counter.wasm"));
  const invocation: Partial<Invocation> = { entry: "add", input: eight(2), pre: emptyState };
  const { usage } = await run(instance, { ...invocation, budget: { fuel: 1_000_000 } });
  for (let fuel = 0; fuel <= usage.fuel; fuel += fuel < 300 || usage.fuel - fuel < 300 ? 1 : 97) {
    const { outcome, writes } = await run(instance, { ...invocation, budget: { fuel } });
    expect(outcome.kind).toBe(fuel < usage.fuel ? "exhausted" : "returned");
    expect(writes).toHaveLength(fuel < usage.fuel ? 0 : 1);
  }
});
