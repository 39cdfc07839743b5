import { type CborValue, type Digest, decodeCbor, digestBytes, encodeCbor } from "@bedplate/codec";
import type {
  CaptureRequest,
  Constraint,
  SnapshotManifest,
  SnapshotScope,
} from "@bedplate/environment";
import type { FakeMachine } from "./fake-machine.ts";
import { FakeProcess, type ProcessState } from "./fake-process.ts";
import type { FileNode } from "./file-tree.ts";
import { engine, snapshotFormat } from "./machine-manifest.ts";

/** The first chunk: everything but the contents of files, which follow in the order of their paths. */
interface Contents {
  readonly base: { readonly diskBytes: number; readonly inodes: number };
  readonly nodes: readonly (readonly [
    string,
    Omit<FileNode, "data"> & { readonly bytes: number },
  ])[];
  readonly processes: readonly ProcessState[];
  readonly env: Readonly<Record<string, string>>;
}

/** Bytes of one chunk of a file. */
const chunkBytes: number = 1024 * 1024;

/** Captures a machine: first its state in one turn, then the chunks, as fast as they are taken. */
export async function captureMachine(
  machine: FakeMachine,
  request: CaptureRequest,
  options: { readonly build: Digest; readonly clones: "single" | "many" },
): Promise<SnapshotManifest> {
  const { scope, sink, parent } = request;
  const chunks = chunksOf(machine, scope);
  const named = chunks.map((each) => ({ digest: digestBytes(each), bytes: each.length }));
  const had = new Set(parent?.chunks.map(({ digest }) => digest));
  for (const [at, chunk] of chunks.entries()) {
    const digest = named[at]?.digest;
    if (digest === undefined || had.has(digest)) continue;
    had.add(digest);
    await sink(chunk);
  }
  return {
    scope,
    format: snapshotFormat,
    by: { plugin: options.build, engine },
    requires: [
      { what: "engine", needs: engine },
      { what: "file", needs: machine.spec.artifact },
    ],
    chunks: named,
    clones: options.clones,
    hasEnv: scope === "machine",
  };
}

/** What of a snapshot's needs is not met here. */
export function assessSnapshot({ format, requires }: SnapshotManifest): readonly Constraint[] {
  const { name, major, minor } = snapshotFormat;
  const isKnown = format.name === name && format.major === major && format.minor <= minor;
  const needs = `${format.name} ${format.major}.${format.minor}`;
  const unmet = requires.filter((each) => {
    if (each.what === "engine") return each.needs !== engine;
    return each.what !== "file";
  });
  return isKnown ? unmet : [{ what: "format", needs }, ...unmet];
}

/** Makes a machine, which is new and empty, what was captured. */
export async function restoreMachine(
  machine: FakeMachine,
  chunks: AsyncIterable<Uint8Array>,
): Promise<void> {
  const all = await Array.fromAsync(chunks);
  const { base, nodes, processes } = decodeCbor(all[0] ?? new Uint8Array()) as unknown as Contents;
  const bytes = Buffer.concat(all.slice(1));
  let at = 0;
  const entries = nodes.map(([path, { bytes: length, ...node }]) => {
    const data = new Uint8Array(bytes.subarray(at, at + length));
    at += length;
    // Minor 0 knew no attributes.
    return [path, { ...node, attributes: node.attributes ?? {}, data }] as const;
  });
  machine.tree.restore(entries);
  machine.tree.settle(base);
  for (const state of processes) machine.add(new FakeProcess(machine, { ...state }));
}

function chunksOf(machine: FakeMachine, scope: SnapshotScope): readonly Uint8Array[] {
  const entries = machine.tree.entries();
  const isWhole = scope === "machine";
  const contents = {
    base: machine.tree.base,
    nodes: entries.map(([path, { data, ...node }]) => [path, { ...node, bytes: data.length }]),
    processes: isWhole ? machine.live.map(({ state }) => state) : [],
    env: isWhole ? machine.spec.env : {},
  };
  const first = encodeCbor(contents as unknown as CborValue);
  const rest = entries.flatMap(([, { data }]) => [...pieces(data)]);
  return [first, ...rest];
}

function* pieces(data: Uint8Array): Generator<Uint8Array> {
  for (let at = 0; at < data.length; at += chunkBytes) yield data.slice(at, at + chunkBytes);
}
