import { VirtualClock } from "@bedplate/clock";
import { digestBytes } from "@bedplate/codec";
import {
  createHostPort,
  type Environment,
  emptyState,
  erasePlugin,
  type Invocation,
  newCall,
  openEnvironment,
} from "@bedplate/environment";
import { isFault } from "@bedplate/errors";
import { expect, test } from "vitest";
import { encodeScript, type FakeOptions, type FakeScript, fakePlugin } from "../src/index.ts";

const call = () => newCall({ principal: "test", timeoutMs: 5_000, key: crypto.randomUUID() });

async function open(script: FakeScript, options: FakeOptions = {}) {
  const artifact = encodeScript(script);
  const host = createHostPort({
    owner: "test-host",
    grants: ["blob:read"],
    ports: { "blob:read": { read: async () => artifact } },
  });
  const now = options.clock === undefined ? undefined : () => options.clock?.now() ?? 0;
  const plugin = erasePlugin(fakePlugin(options));
  const environment = await openEnvironment(plugin, { host, now }, call());
  return { environment, artifact: digestBytes(artifact) };
}

async function instanceOf(
  environment: Environment,
  artifact: `sha256:${string}`,
  config: Record<string, unknown> = {},
) {
  const instance = await environment.create({ artifact, config, caps: {}, labels: {} }, call());
  await instance.start(call());
  return instance;
}

function invocation(change: Partial<Invocation> = {}): Invocation {
  return {
    entry: "main",
    input: new Uint8Array(Buffer.from("in")),
    budget: {},
    pre: emptyState,
    now: 0,
    seed: new Uint8Array(32),
    ...change,
  };
}

test("run() charges one fuel per step and what the step says", async () => {
  const { environment, artifact } = await open({
    steps: [{ do: "burn", fuel: 10 }, { do: "return" }],
  });
  const instance = await instanceOf(environment, artifact);
  const { usage, outcome } = await instance.facet("invoke").run(invocation(), call());
  expect(usage.fuel).toBe(12);
  expect(outcome.kind).toBe("returned");
});

test("attempt undoes the writes and the memory of steps that revert, and goes on", async () => {
  const { environment, artifact } = await open({
    steps: [
      { do: "write", key: "kept", text: "1" },
      {
        do: "attempt",
        steps: [{ do: "write", key: "lost", text: "1" }, { do: "count" }, { do: "revert" }],
      },
      { do: "count" },
      { do: "output", from: "value" },
    ],
  });
  const instance = await instanceOf(environment, artifact);
  const { writes, outcome } = await instance.facet("invoke").run(invocation(), call());
  expect(writes.map(({ key }) => Buffer.from(key).toString())).toEqual(["kept"]);
  expect(outcome).toMatchObject({ kind: "returned", output: new Uint8Array([49]) });
});

test("a step that misses state twice makes its events and its cross-calls once", async () => {
  const { environment, artifact } = await open({
    steps: [
      { do: "say", text: "first" },
      { do: "call", target: "other" },
      { do: "read", key: "a" },
      { do: "read", key: "b" },
    ],
  });
  const instance = await instanceOf(environment, artifact);
  const [heard, resident] = [[] as string[], new Set<string>()];
  let calls = 0;
  const executed = await instance.facet("invoke").run(
    invocation({
      reads: {
        peek: (key) => (resident.has(Buffer.from(key).toString()) ? null : undefined),
        load: async (keys) => {
          for (const key of keys) resident.add(Buffer.from(key).toString());
        },
      },
      call: async () => {
        calls += 1;
        return { kind: "returned", output: new Uint8Array() };
      },
      onEvent: ({ data }) => heard.push(Buffer.from(data).toString()),
    }),
    call(),
  );
  expect([...resident]).toEqual(["a", "b"]);
  expect({ heard, calls, events: executed.events.length }).toEqual({
    heard: ["first"],
    calls: 1,
    events: 1,
  });
});

test("sleep waits on the clock that was given, and wall time ends it", async () => {
  const clock = new VirtualClock(Date.now());
  const { environment, artifact } = await open({ steps: [{ do: "sleep", ms: 50_000 }] }, { clock });
  const instance = await instanceOf(environment, artifact);
  const long = newCall({ principal: "test", timeoutMs: 1_000_000, now: () => clock.now() });
  const run = instance.facet("invoke").run(invocation({ budget: { wallMs: 1_000 } }), long);
  await new Promise((resolve) => setImmediate(resolve));
  await clock.advance(1_000);
  expect((await run).outcome).toEqual({ kind: "exhausted", meter: "wallMs" });
});

test("stop ends a run that is under way as cancelled, without effect", async () => {
  const { environment, artifact } = await open({ steps: [{ do: "spin" }] });
  const instance = await instanceOf(environment, artifact);
  const run = instance
    .facet("invoke")
    .run(invocation(), call())
    .catch((error: unknown) => error);
  await instance.stop({ graceMs: 0 }, call());
  const error = await run;
  expect(isFault(error, "call.cancelled") && error.fault.effect).toBe("none");
});

test("faults happen on the operation and the time that were chosen", async () => {
  const faults = [{ on: "create", nth: 2, code: "environment.unhealthy" }] as const;
  const { environment, artifact } = await open({ steps: [] }, { faults });
  await instanceOf(environment, artifact);
  await expect(instanceOf(environment, artifact)).rejects.toMatchObject({
    code: "environment.unhealthy",
  });
  await instanceOf(environment, artifact);
});

test("another version is another build, and `before` sees every operation", async () => {
  const seen: string[] = [];
  const { environment, artifact } = await open(
    { steps: [] },
    { version: "2.0.0", before: (on, nth) => void seen.push(`${on} ${nth}`) },
  );
  await instanceOf(environment, artifact);
  await instanceOf(environment, artifact);
  expect(seen).toEqual(["open 1", "create 1", "start 1", "create 2", "start 2"]);
  expect(fakePlugin({ version: "2.0.0" }).manifest.plugin.build).not.toBe(
    fakePlugin().manifest.plugin.build,
  );
});
