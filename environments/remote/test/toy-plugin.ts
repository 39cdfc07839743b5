import { digestValue } from "@bedplate/codec";
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
  type Plugin,
  speaks,
} from "@bedplate/environment";

export interface ToyDeclares {
  readonly invoke: InvokeParams;
}

const text = (value: string) => new TextEncoder().encode(value);

/** A life of this module: another worker or process has another one. */
const life: string = String(Math.random());

type Act = (
  invocation: Invocation,
  context: { readonly host: HostPort; readonly call: Call },
) => Promise<Uint8Array>;

const acts: Readonly<Record<string, Act>> = {
  echo: async ({ input }) => input,
  life: async () => text(life),
  async spin() {
    for (;;);
  },
  async say({ onEvent }) {
    onEvent?.({ topic: "stdout", data: text("before") });
    for (;;);
  },
  exit: async () => process.exit(3),
  /** Ends its cell once per file named in the input: the second time the file is there. */
  async exitOnce({ input, onEvent }) {
    const { existsSync, writeFileSync } = await import("node:fs");
    const path = Buffer.from(input).toString();
    if (existsSync(path)) return text("second");
    writeFileSync(path, "");
    if (path.endsWith("-said")) onEvent?.({ topic: "stdout", data: text("said") });
    await new Promise((resolve) => setTimeout(resolve, 20));
    return process.exit(4);
  },
  async linger({ input }) {
    await new Promise((resolve) => setTimeout(resolve, 200));
    return input;
  },
  async print() {
    process.stdout.write('noise on stdout\n{"hello":1}\n');
    process.stderr.write("noise on stderr\n");
    return text("printed");
  },
  env: async () => text(Object.keys(process.env).join(" ")),
  blob: async ({ input }, { host, call }) =>
    host.use("blob:read").read(digestValue(Buffer.from(input).toString()), call),
  async state({ reads, input }, { call }) {
    if (reads?.peek(input) === undefined) await reads?.load([input], call);
    return reads?.peek(input) ?? text("nothing");
  },
  async fill() {
    const kept: number[][] = [];
    for (;;) kept.push(new Array<number>(1_000_000).fill(kept.length));
  },
};

/** A small environment with entries that misbehave. */
export const toyPlugin: Plugin<ToyDeclares> = definePlugin({
  manifest: {
    plugin: { name: "toy", version: "1.0.0", build: digestValue(["toy"]) },
    speaks: speaks(["invoke"]),
    profile: {
      instructionSets: [{ family: "toy", revision: "1", extensions: [] }],
      memory: { model: "linear", ordering: "sequential", isShared: false, bytesMax: 1 << 20 },
      concurrency: { scheduling: "cooperative", threads: 1, isReentrant: true, interrupt: "never" },
      determinism: { grade: "none", sources: ["clock"] },
      effects: "captured",
      isolation: "none",
    },
    declares: {
      invoke: {
        inputBytesMax: 4 << 20,
        outputBytesMax: 4 << 20,
        meters: ["outputBytes"],
        crossCalls: false,
      },
    },
    configSchema: { type: "object" },
    instanceSchema: { type: "object" },
    dependsOn: [],
    wants: [],
    features: [],
    recognises: [],
  },
  open: async (host) => toyDriver(host),
});

/** A module whose plug-in cannot be opened. */
export const brokenPlugin: Plugin<ToyDeclares> = {
  ...toyPlugin,
  open: async () => process.exit(5),
};

/** An export that is no plug-in. */
export const notPlugin = 17;

function toyDriver(host: HostPort): EnvironmentDriver<ToyDeclares> {
  const alive = new Map<string, InstanceDriver<ToyDeclares>>();
  return {
    async *fingerprint() {
      yield { isHealthy: true, room: { instances: 10 } };
    },
    admit: async () => ({ isAdmitted: true, instructionSet: "toy", entries: Object.keys(acts) }),
    async create(_, call) {
      const instance = toyInstance(host, call.key, () => alive.delete(call.key));
      alive.set(call.key, instance);
      return instance;
    },
    async recover({ id }) {
      const instance = alive.get(id);
      return instance === undefined ? { found: "absent" } : { found: "alive", instance };
    },
    async *inventory() {
      for (const { handle } of alive.values()) yield handle;
    },
    close: async () => alive.clear(),
  };
}

function toyInstance(
  host: HostPort,
  id: string,
  onRelease: () => void,
): InstanceDriver<ToyDeclares> {
  const { owner } = host;
  const release = digestValue(["toy"]);
  return {
    handle: { id, key: id, release, owner, incarnation: `${life}-${id}`, state: new Uint8Array() },
    facets: {
      invoke: {
        async run(invocation, call): Promise<Execution> {
          const act = acts[invocation.entry] ?? acts["echo"];
          const output = (await act?.(invocation, { host, call })) ?? new Uint8Array();
          return { outcome: { kind: "returned", output }, usage: noUsage, writes: [], events: [] };
        },
      },
    },
    start: async () => {},
    status: async () => ({ phase: "running", sinceAt: 1, usage: noUsage }),
    stop: async () => ({ code: 0, signal: null, isOutOfMemory: false, at: 2 }),
    release: async () => onRelease(),
  };
}
