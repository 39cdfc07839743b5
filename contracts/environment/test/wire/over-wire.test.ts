import { digestBytes, digestValue } from "@bedplate/codec";
import { isFault } from "@bedplate/errors";
import { eventually } from "@bedplate/testkit";
import { expect, test } from "vitest";
import { createHostPort } from "../../src/gate/host-port.ts";
import {
  emptyState,
  type HostPort,
  type InstanceDriver,
  type Invocation,
  newCall,
  type Permission,
  type PortOf,
} from "../../src/index.ts";
import { overWire } from "../../src/wire/index.ts";
import { aborted, type ToyDeclares, toyPlugin } from "./toy-plugin.ts";

const text = (value: string) => new TextEncoder().encode(value);
const call = (principal = "p", signal?: AbortSignal) =>
  newCall({ principal, timeoutMs: 5_000, key: "k", signal });
const spec = { artifact: digestValue("a"), config: {}, caps: {}, labels: { x: "y" } };

function host(grants: readonly Permission[] = [], ports: Partial<PortOf> = {}): HostPort {
  return createHostPort({ owner: "host-1", grants, ports });
}

async function openToy(port: HostPort = host()) {
  const driver = await overWire(toyPlugin).open(port, {}, call());
  const instance = await driver.create(spec, call());
  const close = () => driver.close(call());
  return { driver, instance, [Symbol.asyncDispose]: close };
}

function run(instance: InstanceDriver<ToyDeclares>, change: Partial<Invocation>, how = call()) {
  const base = { entry: "echo", input: new Uint8Array(), budget: {}, pre: emptyState };
  const invocation = { ...base, now: 1, seed: new Uint8Array(32), ...change };
  return instance.facets.invoke.run(invocation, how);
}

async function outputOf(execution: Promise<{ readonly outcome: object }>): Promise<string> {
  const { outcome } = await execution;
  return Buffer.from((outcome as { readonly output: Uint8Array }).output).toString();
}

test("what a driver answers crosses as it is", async () => {
  await using toy = await openToy();
  const { driver, instance } = toy;
  const [fingerprint] = await Array.fromAsync(driver.fingerprint(call()));
  expect(fingerprint).toEqual({ isHealthy: true, room: { fuel: 5, instances: 3 } });
  expect(await driver.admit(digestValue("bad"), call())).toEqual({
    isAdmitted: false,
    reason: "bad",
  });
  expect(instance.handle).toMatchObject({ id: "k", owner: "host-1", state: text("k") });
  expect(await instance.status(call())).toMatchObject({ phase: "running" });
  expect(await instance.stop({ graceMs: 0 }, call())).toMatchObject({ code: 0, signal: null });
  expect(await run(instance, { input: text("hello") })).toEqual({
    outcome: { kind: "returned", output: text("hello") },
    usage: { fuel: 7, wallMs: 0, cpuMs: 0, memoryBytes: 0, outputBytes: 0 },
    writes: [{ key: text("k"), value: null }],
    events: [],
  });
  const recovered = await driver.recover({ ...instance.handle, id: "alive" }, call());
  expect(recovered).toMatchObject({ found: "alive", instance: { handle: { id: "alive" } } });
  expect(await driver.recover(instance.handle, call())).toEqual({ found: "absent" });
});

test("a facet is there exactly when it is declared", async () => {
  await using toy = await openToy();
  expect(Object.keys(toy.instance.facets).sort()).toEqual(["invoke", "observe", "rewind"]);
  const mark = await toy.instance.facets.rewind.mark(call());
  expect(mark).toEqual({ id: "m1", depth: 1 });
  expect(await toy.instance.facets.rewind.digest(call())).toBe(digestValue(1));
  await toy.instance.facets.rewind.rewind(mark, call());
  expect(await toy.instance.facets.rewind.digest(call())).toBe(digestValue(0));
});

test("events arrive in order and before the execution", async () => {
  await using toy = await openToy();
  const seen: string[] = [];
  const onEvent = ({ data }: { readonly data: Uint8Array }) =>
    seen.push(Buffer.from(data).toString());
  await run(toy.instance, { entry: "events", onEvent });
  expect(seen).toEqual(["a", "b", "c"]);
});

test("a state miss loads from the host and goes on", async () => {
  await using toy = await openToy();
  const resident = new Map<string, Uint8Array | null>();
  const loaded: string[] = [];
  const reads = {
    peek: (key: Uint8Array) => resident.get(Buffer.from(key).toString()),
    async load(keys: readonly Uint8Array[]) {
      for (const key of keys) {
        loaded.push(Buffer.from(key).toString());
        resident.set(Buffer.from(key).toString(), key[0] === 97 ? text("value") : null);
      }
    },
  };
  expect(await outputOf(run(toy.instance, { entry: "state", input: text("a"), reads }))).toBe(
    "value",
  );
  expect(await outputOf(run(toy.instance, { entry: "state", input: text("b"), reads }))).toBe(
    "nothing",
  );
  expect(loaded).toEqual(["a", "b"]);
});

test("a cross-call runs on the host's side", async () => {
  await using toy = await openToy();
  const asked: unknown[] = [];
  const crossCall = async (request: object) => {
    asked.push(request);
    return { kind: "trapped", reason: "r" } as const;
  };
  expect(await outputOf(run(toy.instance, { entry: "call", call: crossCall }))).toBe("trapped");
  expect(asked).toMatchObject([{ target: "other", isStatic: true, input: text("hi") }]);
});

test("granted ports work from the other side", async () => {
  const lines: unknown[] = [];
  const cached = new Map<string, Uint8Array>();
  const log = {
    info: (...line: readonly unknown[]) => lines.push(line),
  } as unknown as PortOf["log"];
  const port = host(["blob:read", "cache", "clock", "random", "log"], {
    "blob:read": { read: async (digest) => text(digest) },
    cache: {
      get: async (key) => cached.get(key),
      put: async (key, value) => {
        cached.set(key, value);
      },
    },
    clock: { now: () => 5_000_000_000_000 },
    random: { bytes: (count) => new Uint8Array(count).fill(3) },
    log,
  });
  await using toy = await openToy(port);
  const { instance } = toy;
  expect(await outputOf(run(instance, { entry: "blob" }))).toBe(digestBytes(new Uint8Array()));
  expect(Number(await outputOf(run(instance, { entry: "now" })))).toBeGreaterThanOrEqual(5e12);
  expect((await run(instance, { entry: "random" })).outcome).toMatchObject({ kind: "returned" });
  expect(await outputOf(run(instance, { entry: "cache", input: text("v") }))).toBe("miss");
  expect(await outputOf(run(instance, { entry: "cache" }))).toBe("v");
  await run(instance, { entry: "log" });
  await eventually("the log line", () => lines.length > 0);
  expect(lines).toEqual([["said", { a: 1, b: true }]]);
});

test("what was not granted is denied", async () => {
  await using toy = await openToy();
  for (const entry of ["blob", "now", "random", "cache", "log"]) {
    const error = await run(toy.instance, { entry }).catch((each: unknown) => each);
    expect(isFault(error, "permission.denied"), entry).toBe(true);
  }
});

test("a fault crosses unchanged, with its causes", async () => {
  await using toy = await openToy();
  const error = await run(toy.instance, { entry: "fault" }).catch((each: unknown) => each);
  expect(error).toMatchObject({
    fault: {
      code: "environment.unhealthy",
      op: "toy",
      causes: [{ code: "data.corrupt", op: "deep" }],
    },
  });
});

test("what is no fault arrives as the plug-in's bug", async () => {
  await using toy = await openToy();
  const error = await run(toy.instance, { entry: "crash" }).catch((each: unknown) => each);
  expect(error).toMatchObject({ fault: { code: "internal.bug", blame: "plugin" } });
});

test("an abort rejects at once with its reason and reaches the plug-in", async () => {
  await using toy = await openToy();
  const controller = new AbortController();
  const waiting = run(toy.instance, { entry: "wait" }, call("aborter", controller.signal));
  const reason = new Error("enough");
  setImmediate(() => controller.abort(reason));
  await expect(waiting).rejects.toBe(reason);
  await eventually("the abort", () => aborted.includes("aborter"));
});

test("a stream is delivered whole, and leaving it ends it", async () => {
  await using toy = await openToy();
  const handles = await Array.fromAsync(toy.driver.inventory(call()));
  expect(handles.map((each) => each.id)).toEqual(Array.from({ length: 1000 }, (_, i) => `i-${i}`));
  const seen: number[] = [];
  for await (const { at } of toy.instance.facets.observe.observe(["run"], call())) {
    seen.push(at);
    if (seen.length === 200) break;
  }
  expect(seen).toEqual(Array.from({ length: 200 }, (_, i) => i));
});

test("an unknown critical member is refused, another unknown member is carried on", async () => {
  await using toy = await openToy();
  const later = { ...spec, gpu: 1 };
  await expect(
    toy.driver.create(later, { ...call(), critical: ["gpu", "labels"] }),
  ).rejects.toMatchObject({ fault: { code: "argument.critical", detail: { unknown: ["gpu"] } } });
  expect((await toy.driver.create(later, { ...call(), critical: ["labels"] })).handle.id).toBe("k");
});

test("after close every operation fails as the channel is gone", async () => {
  const toy = await openToy();
  await toy.driver.close(call());
  await expect(toy.instance.status(call())).rejects.toMatchObject({
    fault: { code: "plugin.crashed" },
  });
});
