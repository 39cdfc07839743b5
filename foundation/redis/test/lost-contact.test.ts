import { faultOf } from "@bedplate/testkit";
import { describeWithEngines } from "@bedplate/testkit/vitest";
import { expect, test } from "vitest";
import { defineScript } from "../src/index.ts";
import { call, openRig } from "./support/rig.ts";

const { op } = call;
const increment = ["INCR", "n"] as const;
const unavailable = { code: "provider.unavailable", effect: "none", op };
const indeterminate = { code: "provider.indeterminate", effect: "unknown", retry: "refresh", op };
const aWhile = () => new Promise((resolve) => setTimeout(resolve, 60));

describeWithEngines("lost contact with Redis", ["redis"], () => {
  test("no connection: unavailable at once, and nothing happened", async () => {
    await using rig = await openRig();
    rig.wire.cut();
    await aWhile();
    rig.wire.refuse();
    expect(await faultOf(rig.redis.write(increment, call))).toMatchObject(unavailable);
    expect(await faultOf(rig.redis.read(["GET", "n"], call))).toMatchObject(unavailable);
    rig.wire.accept();
    await aWhile();
    expect(await rig.redis.write(increment, call)).toBe(1);
  });

  test("a write whose answer is lost is indeterminate, and is not sent again", async () => {
    await using rig = await openRig();
    rig.wire.cutAfter("to-client", 0);
    const script = defineScript("return redis.call('INCR', KEYS[1])");
    const writes = [increment, { script, keys: ["m"] }] as const;
    await rig.direct.write({ script, keys: ["other"] }, call);
    for (const write of writes) {
      rig.wire.resume();
      await rig.redis.ping();
      rig.wire.cutAfter("to-client", 0);
      expect(await faultOf(rig.redis.write(write, call))).toMatchObject(indeterminate);
    }
    rig.wire.resume();
    await aWhile();
    expect(await rig.direct.read(["MGET", "n", "m"], call)).toEqual(["1", "1"]);
    expect(await rig.redis.write(increment, call)).toBe(2);
  });

  test("every write in flight at a cut is indeterminate, and happened at most once", async () => {
    await using rig = await openRig();
    rig.wire.delay(30);
    const faults = Array.from({ length: 20 }, () => faultOf(rig.redis.write(increment, call)));
    await new Promise((resolve) => setTimeout(resolve, 10));
    rig.wire.cut();
    for (const fault of await Promise.all(faults)) expect(fault).toMatchObject(indeterminate);
    await aWhile();
    expect(await rig.direct.read(["GET", "n"], call)).toBe(null);
  });

  test("a read is tried again on a connection of its own, once", async () => {
    await using rig = await openRig();
    rig.wire.delay(30);
    const answer = rig.redis.read(["GET", "n"], call);
    await new Promise((resolve) => setTimeout(resolve, 10));
    rig.wire.cut();
    rig.wire.resume();
    expect(await answer).toBe(null);
    rig.wire.cutAfter("to-client", 0);
    expect(await faultOf(rig.redis.read(["GET", "n"], call))).toMatchObject(unavailable);
  });

  test("an engine that is killed comes back with what it had acknowledged", async () => {
    await using rig = await openRig();
    await rig.redis.write(increment, call);
    await rig.engine.kill();
    expect(await faultOf(rig.redis.read(["GET", "n"], call))).toMatchObject(unavailable);
    await rig.engine.restart();
    await aWhile();
    expect(await rig.redis.write(increment, call)).toBe(2);
  });

  test("an engine that stands still is given up on: a write to it is indeterminate", async () => {
    await using rig = await openRig({ query: "commandTimeoutMs=1000&connectTimeoutMs=1000" });
    await rig.engine.freeze();
    const write = faultOf(rig.redis.write(increment, call));
    expect(await write).toMatchObject(indeterminate);
    expect(await faultOf(rig.redis.read(["GET", "n"], call))).toMatchObject(unavailable);
    await rig.redis[Symbol.asyncDispose]();
    await rig.engine.thaw();
  });
});
