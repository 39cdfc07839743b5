import { digestBytes, digestValue } from "@bedplate/codec";
import { raise } from "@bedplate/errors";
import {
  type Call,
  definePlugin,
  type EnvironmentDriver,
  type Execution,
  type HostPort,
  type InstanceDriver,
  type Invocation,
  type InvokeParams,
  noUsage,
  type ObserveParams,
  type Plugin,
  type RewindParams,
  speaks,
} from "../../src/index.ts";

export interface ToyDeclares {
  readonly invoke: InvokeParams;
  readonly rewind: RewindParams;
  readonly observe: ObserveParams;
}

const declares: ToyDeclares = {
  invoke: {
    inputBytesMax: 1 << 20,
    outputBytesMax: 1 << 20,
    meters: ["fuel", "outputBytes"],
    crossCalls: true,
  },
  rewind: { cost: "delta", nesting: 4, covers: ["memory"], outbound: "buffered" },
  observe: { points: ["run"], isLossy: false },
};

const text = (value: string) => new TextEncoder().encode(value);

/** What a toy guest does, by its entry. */
type Act = (invocation: Invocation, host: HostPort, call: Call) => Promise<Uint8Array>;

const acts: Readonly<Record<string, Act>> = {
  echo: async ({ input }) => input,
  async events({ onEvent }) {
    for (const each of ["a", "b", "c"]) onEvent?.({ topic: "stdout", data: text(each) });
    return new Uint8Array();
  },
  async state({ reads, input }, _, call) {
    let value = reads?.peek(input);
    if (value === undefined) {
      await reads?.load([input], call);
      value = reads?.peek(input);
    }
    return value ?? text("nothing");
  },
  async call({ call, budget }) {
    const outcome = await call?.({
      target: "other",
      entry: "main",
      input: text("hi"),
      budget,
      isStatic: true,
    });
    return text(outcome?.kind ?? "no call");
  },
  blob: async ({ input }, host, call) => host.use("blob:read").read(digestBytes(input), call),
  now: async (_, host) => text(String(host.use("clock").now())),
  random: async (_, host) => host.use("random").bytes(40),
  async cache({ input }, host) {
    const found = await host.use("cache").get("k");
    await host.use("cache").put("k", input);
    return found ?? text("miss");
  },
  async log(_, host) {
    host.use("log").child({ a: 1 }).info("said", { b: true });
    return new Uint8Array();
  },
  async fault() {
    const cause = raise("data.corrupt", {
      op: "deep",
      detail: { what: "x" },
      message: "Cannot read",
    });
    throw raise("environment.unhealthy", {
      op: "toy",
      detail: { reason: "r" },
      message: "Cannot",
      cause,
    });
  },
  async crash() {
    throw new TypeError("the plug-in's own secret");
  },
  wait: (_, __, call) =>
    new Promise((_resolve, reject) => {
      call.signal.addEventListener("abort", () => {
        aborted.push(call.principal);
        reject(call.signal.reason);
      });
    }),
};

/** Principals whose waiting runs saw their signal abort. */
export const aborted: string[] = [];

/** A small environment that does one thing per entry, and tells what it was asked. */
export const toyPlugin: Plugin<ToyDeclares> = definePlugin({
  manifest: {
    plugin: { name: "toy", version: "1.0.0", build: digestValue(["toy"]) },
    speaks: speaks(["invoke", "rewind", "observe"]),
    profile: {
      instructionSets: [{ family: "toy", revision: "1", extensions: [] }],
      memory: { model: "linear", ordering: "sequential", isShared: false, bytesMax: 1 << 20 },
      concurrency: {
        scheduling: "cooperative",
        threads: 1,
        isReentrant: true,
        interrupt: "safepoint",
      },
      determinism: { grade: "none", sources: ["clock"] },
      effects: "captured",
      isolation: "none",
    },
    declares,
    configSchema: { type: "object" },
    instanceSchema: { type: "object" },
    dependsOn: [],
    wants: [],
    features: [],
    recognises: [],
  },
  open: async (host) => toyDriver(host),
});

function toyDriver(host: HostPort): EnvironmentDriver<ToyDeclares> {
  return {
    async *fingerprint() {
      yield { isHealthy: true, room: { fuel: 5, instances: 3 } };
    },
    admit: async (artifact) =>
      artifact === digestValue("bad")
        ? { isAdmitted: false, reason: "bad" }
        : { isAdmitted: true, instructionSet: "toy", entries: Object.keys(acts) },
    create: async (spec, call) => toyInstance(host, { id: call.key, labels: spec.labels }),
    recover: async ({ id }) =>
      id === "alive"
        ? { found: "alive", instance: toyInstance(host, { id, labels: {} }) }
        : { found: "absent" },
    async *inventory() {
      for (let i = 0; i < 1000; i++) yield handleOf(host, `i-${i}`);
    },
    close: async () => {},
  };
}

function handleOf(host: HostPort, id: string) {
  const release = digestValue(["toy"]);
  return { id, key: id, release, owner: host.owner, incarnation: "n", state: text(id) };
}

function toyInstance(
  host: HostPort,
  options: { readonly id: string; readonly labels: Readonly<Record<string, string>> },
): InstanceDriver<ToyDeclares> {
  let depth = 0;
  return {
    handle: handleOf(host, options.id),
    facets: {
      invoke: {
        async run(invocation, call): Promise<Execution> {
          const act = acts[invocation.entry];
          if (act === undefined) {
            const outcome = { kind: "refused", reason: "no such entry" } as const;
            return { outcome, usage: noUsage, writes: [], events: [] };
          }
          const output = await act(invocation, host, call);
          return {
            outcome: { kind: "returned", output },
            usage: { ...noUsage, fuel: 7 },
            writes: [{ key: text("k"), value: null }],
            events: [],
          };
        },
      },
      rewind: {
        mark: async () => ({ id: `m${++depth}`, depth }),
        rewind: async (mark) => {
          depth = mark.depth - 1;
        },
        settle: async () => {},
        digest: async () => digestValue(depth),
      },
      observe: {
        async *observe(points) {
          for (let at = 0; ; at++) yield { at, point: points[0] ?? "", facts: { at } };
        },
      },
    },
    start: async () => {},
    status: async () => ({ phase: "running", sinceAt: 1, usage: noUsage }),
    stop: async () => ({ code: 0, signal: null, isOutOfMemory: false, at: 2 }),
    release: async () => {},
  };
}
