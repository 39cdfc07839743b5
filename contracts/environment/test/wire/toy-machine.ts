import { digestBytes, digestValue } from "@bedplate/codec";
import { raise } from "@bedplate/errors";
import type {
  ExecParams,
  ExecRequest,
  FilesParams,
  InstanceDriver,
  Manifest,
  PauseParams,
  ResizeParams,
  ServeParams,
  SnapshotManifest,
  SnapshotParams,
} from "../../src/index.ts";
import { type EnvironmentDriver, noUsage, speaks } from "../../src/index.ts";
import { toyPlugin } from "./toy-plugin.ts";

export interface MachineDeclares {
  readonly exec: ExecParams;
  readonly files: FilesParams;
  readonly serve: ServeParams;
  readonly pause: PauseParams;
  readonly snapshot: SnapshotParams;
  readonly resize: ResizeParams;
}

/** A machine that does nothing but remember what it was told. */
export const machineManifest: Manifest<MachineDeclares> = {
  ...toyPlugin.manifest,
  speaks: speaks(["exec", "files", "serve", "pause", "snapshot", "resize"]),
  declares: {
    exec: { tty: true, signals: ["SIGTERM"], concurrentMax: 4 },
    files: { fileBytesMax: 1 << 30, watch: false },
    serve: { protocols: ["http"], wakesFromPause: false },
    pause: { freezesClock: true },
    snapshot: { formats: ["toy"], incremental: false, live: false, clones: "single" },
    resize: { live: ["memory"] },
  },
};

/** What a machine was told, and its files. */
export interface Told {
  readonly words: string[];
  readonly files: Map<string, Uint8Array>;
}

const release = digestValue(["machine"]);

/** An environment with one kind of machine. */
export function machineDriver(told: Told): EnvironmentDriver<MachineDeclares> {
  return {
    async *fingerprint() {
      yield { isHealthy: true, room: {} };
    },
    admit: async () => ({ isAdmitted: true, instructionSet: "x86-64", entries: [] }),
    create: async (_, { key }) => machine(key, told),
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
      exec: { exec: async (request) => startProcess(request, tell) },
      files: filesOf(told),
      serve: {
        expose: async (endpoint) => ({ ...endpoint, address: "unix:/x" }),
        withdraw: async (port) => tell(`withdraw ${port}`),
      },
      pause: { pause: async () => tell("pause"), resume: async () => tell("resume") },
      resize: { resize: async (to) => ({ ...to, memoryBytes: 64 }) },
      snapshot: {
        async capture(sink) {
          for (const byte of [1, 2, 3]) await sink(new Uint8Array(100_000).fill(byte));
          return snapshot;
        },
        assess: async ({ requires }) => requires,
      },
    },
    start: async () => {},
    status: async () => ({ phase: "running", sinceAt: 1, usage: noUsage }),
    stop: async () => ({ code: null, signal: "SIGKILL", isOutOfMemory: true, at: 2 }),
    release: async () => {},
  };
}

/** The snapshot that every machine gives. */
export const snapshot: SnapshotManifest = {
  format: { name: "toy", major: 1, minor: 0 },
  by: { plugin: release, engine: "toy" },
  requires: [{ what: "cpu", needs: "avx" }],
  chunks: [{ digest: digestBytes(new Uint8Array()), bytes: 300_000 }],
  clones: "single",
};

/** Echoes stdin to stdout, its arguments to stderr, and ends when stdin does. */
function startProcess(request: ExecRequest, tell: (word: string) => void) {
  const exit = Promise.withResolvers<{
    code: number;
    signal: null;
    isOutOfMemory: false;
    at: number;
  }>();
  const stdin = request.stdin ?? new ReadableStream({ start: (each) => each.close() });
  const end = () => exit.resolve({ code: 7, signal: null, isOutOfMemory: false, at: 3 });
  const stdout = stdin.pipeThrough(new TransformStream({ flush: end }));
  const stderr = new ReadableStream<Uint8Array>({
    start(controller) {
      controller.enqueue(new TextEncoder().encode(request.argv.join(" ")));
      controller.close();
    },
  });
  return {
    stdout,
    stderr,
    exit: exit.promise,
    resize: async ({ columns, rows }: { readonly columns: number; readonly rows: number }) =>
      tell(`resize ${columns}x${rows}`),
    signal: async (name: string) => tell(`signal ${name}`),
  };
}

function filesOf({ files, words }: Told): InstanceDriver<MachineDeclares>["facets"]["files"] {
  const get = (path: string) => {
    const found = files.get(path);
    if (found !== undefined) return found;
    throw raise("resource.missing", {
      op: "instance.files",
      detail: { type: "file", id: path },
      message: "Cannot read the file: there is none",
    });
  };
  return {
    async read(path, { offset, length }) {
      const data = get(path).subarray(offset, length === undefined ? undefined : offset + length);
      return new Blob([new Uint8Array(data)]).stream();
    },
    async write(path, body) {
      files.set(path, new Uint8Array(await new Response(body).arrayBuffer()));
    },
    async *list() {
      for (const [name, { length }] of files) yield { name, isFolder: false, bytes: length };
    },
    async delete(path) {
      words.push(`delete ${path}`);
      files.delete(path);
    },
  };
}
