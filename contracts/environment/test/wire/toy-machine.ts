import { digestBytes, digestValue } from "@bedplate/codec";
import { raise } from "@bedplate/errors";
import {
  type EgressParams,
  type EnvironmentDriver,
  type ExecDriver,
  type ExecParams,
  type FileEntry,
  type FilesDriver,
  type FilesParams,
  type InstanceDriver,
  type Manifest,
  noUsage,
  type PauseParams,
  type ResizeParams,
  type ServeParams,
  type SnapshotManifest,
  type SnapshotParams,
  speaks,
} from "../../src/index.ts";
import { toyPlugin } from "./toy-plugin.ts";

export interface MachineDeclares {
  readonly exec: ExecParams;
  readonly files: FilesParams;
  readonly serve: ServeParams;
  readonly egress: EgressParams;
  readonly pause: PauseParams;
  readonly snapshot: SnapshotParams;
  readonly resize: ResizeParams;
}

/** A machine that does nothing but remember what it was told. */
export const machineManifest: Manifest<MachineDeclares> = {
  ...toyPlugin.manifest,
  speaks: speaks(["exec", "files", "serve", "egress", "pause", "snapshot", "resize"]),
  declares: {
    exec: {
      tty: true,
      signals: ["SIGTERM"],
      concurrentMax: 4,
      outputBytesKept: 1024,
      exitKeptMs: 1000,
      caps: ["memoryBytes"],
    },
    files: { fileBytesMax: 1 << 30, watch: true, attributes: true },
    serve: { protocols: ["http"] },
    egress: { matches: ["cidr"], rulesMax: 8 },
    pause: { freezesClock: true },
    snapshot: {
      scopes: ["machine"],
      formats: ["toy"],
      incremental: false,
      pauseMsMax: 0,
      clones: "single",
    },
    resize: { live: ["memoryBytes"] },
  },
};

/** What a machine was told, and its files. */
export interface Told {
  readonly words: string[];
  readonly files: Map<string, Uint8Array>;
  /** How many items of output were taken. */
  outputs: number;
}

const release = digestValue(["machine"]);

/** An environment with one kind of machine. */
export function machineDriver(told: Told): EnvironmentDriver<MachineDeclares> {
  return {
    async *fingerprint() {
      yield { isHealthy: true, room: {} };
    },
    admit: async () => ({ isAdmitted: true, instructionSet: "x86-64", entries: [] }),
    assess: async ({ requires }) => requires,
    async create({ env, egress, caps }, { key }) {
      told.words.push(JSON.stringify([env, egress, caps]));
      return machine(key, told);
    },
    recover: async () => ({ found: "foreign" }),
    async *inventory() {},
    close: async () => {},
  };
}

function machine(id: string, told: Told): InstanceDriver<MachineDeclares> {
  const handle = { id, key: id, release, owner: "o", incarnation: "i", state: new Uint8Array() };
  const tell = (word: string) => void told.words.push(word);
  return {
    handle,
    facets: {
      exec: execOf(told),
      files: filesOf(told),
      serve: {
        expose: async (request) => ({ ...request, address: "unix:/x" }),
        withdraw: async ({ port }) => tell(`withdraw ${port}`),
      },
      egress: { set: async (policy) => tell(JSON.stringify(policy)) },
      pause: { pause: async () => tell("pause"), resume: async () => tell("resume") },
      resize: { resize: async (to) => ({ ...to, cpuMillis: 64 }) },
      snapshot: {
        async capture({ scope, sink, parent }) {
          tell(`capture ${scope} ${parent?.format.name}`);
          for (const byte of [1, 2, 3]) await sink(new Uint8Array(100_000).fill(byte));
          return snapshot;
        },
      },
    },
    start: async () => {},
    status: async () => ({
      phase: "running",
      sinceAt: 1,
      usage: noUsage,
      resources: { at: 1.5, cpuMs: 2, memoryBytes: 3, diskBytes: 4 },
    }),
    stop: async () => ({ code: null, signal: "SIGKILL", isOutOfMemory: true, at: 2 }),
    release: async () => {},
  };
}

/** The snapshot that every machine gives. */
export const snapshot: SnapshotManifest = {
  scope: "machine",
  format: { name: "toy", major: 1, minor: 0 },
  by: { plugin: release, engine: "toy" },
  requires: [{ what: "cpu", needs: "avx" }],
  chunks: [{ digest: digestBytes(new Uint8Array()), bytes: 300_000 }],
  clones: "single",
  hasEnv: true,
};

/** One process that writes for ever what it is given, and says what else it was told. */
function execOf(told: Told): ExecDriver {
  const tell = (word: string) => void told.words.push(word);
  return {
    start: async (request) => ({ id: "p", pid: 7, request, startedAt: 1 }),
    async *output({ from = 0 }) {
      for (let at = from; ; at += 60_000) {
        told.outputs += 1;
        yield { stream: "stdout", data: new Uint8Array(60_000).fill(at), at };
      }
    },
    wait: async () => ({ code: 7, signal: null, isOutOfMemory: false, at: 3, isTimedOut: true }),
    write: async ({ data }) => tell(`write ${Buffer.from(data).toString()}`),
    closeInput: async ({ process }) => tell(`close ${process}`),
    signal: async ({ name }) => tell(`signal ${name}`),
    resize: async ({ size }) => tell(`resize ${size.columns}x${size.rows}`),
    list: async () => [{ id: "p", pid: 7, request: { argv: ["cat"] }, startedAt: 1 }],
  };
}

function filesOf({ files, words }: Told): FilesDriver {
  const get = (path: string) => {
    const found = files.get(path);
    if (found !== undefined) return found;
    throw raise("resource.missing", {
      op: "instance.files",
      detail: { type: "file", id: path },
      message: "Cannot read the file: there is none",
    });
  };
  const entry = (path: string): FileEntry => ({
    path,
    kind: "file",
    bytes: files.get(path)?.length ?? 0,
    mode: 0o644,
    owner: "root",
    group: "root",
    modifiedAt: 1.5,
  });
  return {
    stat: async ({ path }) => entry(path),
    async read({ path, offset = 0, length }) {
      const data = get(path).subarray(offset, length === undefined ? undefined : offset + length);
      return new Blob([new Uint8Array(data)]).stream();
    },
    async write({ path, body, mode, attributes, user }) {
      files.set(path, new Uint8Array(await new Response(body).arrayBuffer()));
      words.push(JSON.stringify([mode, attributes, user]));
      return entry(path);
    },
    async *list() {
      for (const path of files.keys()) yield entry(path);
    },
    makeFolder: async ({ path }) => ({ ...entry(path), kind: "folder" }),
    async move({ path, to }) {
      files.set(to, get(path));
      files.delete(path);
      return entry(to);
    },
    async delete({ path }) {
      words.push(`delete ${path}`);
      files.delete(path);
    },
    async *watch({ path, isRecursive }) {
      yield { kind: "ready", path: "" };
      yield { kind: "created", path: `${path}/${isRecursive}` };
    },
  };
}
