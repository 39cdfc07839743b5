import { existsSync } from "node:fs";
import {
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rename,
  rm,
  stat,
  utimes,
  writeFile,
} from "node:fs/promises";
import { join } from "node:path";
import { isFault } from "@bedplate/errors";
import { sha256 } from "../image/checked-bytes.ts";
import type { LayerBlobs } from "../image/root-description.ts";
import type { LayerBounds } from "./layer-members.ts";
import { openLayer } from "./open-layer.ts";
import { unpackLayer } from "./unpack-layer.ts";

/** Reads one part of a layer; rejects where there is none. */
export type ReadPart = (digest: string, signal: AbortSignal) => Promise<Uint8Array>;

/** How a cache is made. */
export interface LayerCacheOptions {
  /** Belongs to the cache alone; several processes of one host may share it. */
  readonly folder: string;
  readonly bounds: LayerBounds;
  /** Unpacked bytes that are kept where nobody uses them. */
  readonly bytesMax: number;
  readonly now: () => number;
}

/** What is known of an unpacked layer without looking at its files. */
interface LayerNote {
  readonly bytes: number;
}

/** A layer that was used so lately may be about to get a user; it is left alone. */
const restMs = 10 * 60 * 1000;

const draftPrefix = "draft-";
const noteSuffix = ".json";

/**
 * The unpacked layers of a node, each under what it is made of, made once for whoever wants them. A layer is
 * there whole or not at all: it is unpacked beside its place, settled on the disk, and renamed.
 */
export class LayerCache {
  readonly #options: LayerCacheOptions;
  readonly #making = new Map<string, Promise<string>>();

  constructor(options: LayerCacheOptions) {
    this.#options = options;
  }

  /** The folders of layers, in their order; those that are missing are unpacked. */
  async prepare(
    layers: readonly LayerBlobs[],
    options: { readonly read: ReadPart; readonly signal: AbortSignal },
  ): Promise<readonly string[]> {
    const folders: string[] = [];
    for (const layer of layers) folders.push(await this.#one(layer, options));
    return folders;
  }

  async #one(
    layer: LayerBlobs,
    options: { readonly read: ReadPart; readonly signal: AbortSignal },
  ): Promise<string> {
    const path = this.#place(layer);
    if (existsSync(path)) {
      await this.#touch(path);
      return path;
    }
    const underWay = this.#making.get(path);
    if (underWay !== undefined) return this.#joined(underWay, { layer, ...options });
    const made = this.#unpack(layer, { path, ...options });
    this.#making.set(path, made);
    try {
      return await made;
    } finally {
      this.#making.delete(path);
    }
  }

  /** Whoever waits for another's work goes on by itself where that one left. */
  async #joined(
    underWay: Promise<string>,
    again: { readonly layer: LayerBlobs; readonly read: ReadPart; readonly signal: AbortSignal },
  ): Promise<string> {
    try {
      return await underWay;
    } catch (error) {
      again.signal.throwIfAborted();
      if (!isAbort(error)) throw error;
      return this.#one(again.layer, again);
    }
  }

  async #unpack(
    layer: LayerBlobs,
    options: { readonly path: string; readonly read: ReadPart; readonly signal: AbortSignal },
  ): Promise<string> {
    const { path, read, signal } = options;
    const { folder, bounds } = this.#options;
    await mkdir(folder, { recursive: true, mode: 0o700 });
    const draft = await mkdtemp(join(folder, `${draftPrefix}${process.pid}-`));
    const root = join(draft, "root");
    try {
      await mkdir(root, { mode: 0o755 });
      const counted = { bytes: 0 };
      const packed = partsOf(layer, { read, signal });
      const archive = count(openLayer(packed, { ...layer, bounds }), counted);
      await unpackLayer(archive, { folder: root, bounds, signal });
      await writeFile(`${path}${noteSuffix}`, JSON.stringify(counted satisfies LayerNote));
      await rename(root, path).catch((error: NodeJS.ErrnoException) => {
        // Another process was faster; what it made is the same.
        if (error.code !== "ENOTEMPTY" && error.code !== "EEXIST") throw error;
      });
      return path;
    } finally {
      await rm(draft, { recursive: true, force: true });
    }
  }

  /**
   * Removes what a process left half made, and the layers that were not used for the longest time
   * until the rest fits; never one that is in use. Answers what was removed.
   */
  async sweep(options: { readonly inUse: ReadonlySet<string> }): Promise<readonly string[]> {
    const { folder, bytesMax, now } = this.#options;
    const names = await readdir(folder).catch(() => []);
    for (const name of names.filter(isLeft)) {
      await rm(join(folder, name), { recursive: true, force: true });
    }
    const layers = await Promise.all(
      names.filter((each) => each.endsWith(noteSuffix)).map((name) => this.#noted(name)),
    );
    const idle = layers
      .filter(({ path, usedAt }) => !options.inUse.has(path) && now() - usedAt > restMs)
      .toSorted((a, b) => a.usedAt - b.usedAt);
    let kept = layers.reduce((sum, { bytes }) => sum + bytes, 0);
    const removed: string[] = [];
    for (const { path, bytes } of idle) {
      if (kept <= bytesMax) break;
      await this.#remove(path);
      kept -= bytes;
      removed.push(path);
    }
    return removed;
  }

  async #noted(name: string) {
    const note = join(this.#options.folder, name);
    const { bytes } = await readNote(note);
    const usedAt = await timeOf(note);
    return { path: note.slice(0, -noteSuffix.length), bytes, usedAt };
  }

  // Renamed first: what is half removed is no layer any more.
  async #remove(path: string): Promise<void> {
    const draft = await mkdtemp(join(this.#options.folder, `${draftPrefix}${process.pid}-`));
    await rename(path, join(draft, "root")).catch(() => {});
    await rm(`${path}${noteSuffix}`, { force: true });
    await rm(draft, { recursive: true, force: true });
  }

  async #touch(path: string): Promise<void> {
    const at = this.#options.now() / 1000;
    await utimes(`${path}${noteSuffix}`, at, at).catch(() => {});
  }

  // By all that it is made of: who knows only what a layer of another's is has none of its parts.
  #place({ diffId, compression, parts }: LayerBlobs): string {
    const made = JSON.stringify([diffId, compression, parts.map(({ digest }) => digest)]);
    const digest = sha256(new TextEncoder().encode(made));
    return join(this.#options.folder, `layer-${digest.slice("sha256:".length)}`);
  }
}

async function* partsOf(
  { parts }: LayerBlobs,
  options: { readonly read: ReadPart; readonly signal: AbortSignal },
): AsyncGenerator<Uint8Array> {
  for (const { digest } of parts) {
    options.signal.throwIfAborted();
    yield await options.read(digest, options.signal);
  }
}

async function* count(
  source: AsyncIterable<Uint8Array>,
  counted: { bytes: number },
): AsyncGenerator<Uint8Array> {
  for await (const part of source) {
    counted.bytes += part.length;
    yield part;
  }
}

/** A draft whose process is gone. */
function isLeft(name: string): boolean {
  const [, pid] = /^draft-(\d+)-/.exec(name) ?? [];
  return pid !== undefined && !existsSync(`/proc/${pid}`);
}

async function readNote(path: string): Promise<LayerNote> {
  try {
    return JSON.parse(await readFile(path, "utf8")) as LayerNote;
  } catch {
    return { bytes: 0 };
  }
}

async function timeOf(path: string): Promise<number> {
  return (await stat(path).catch(() => undefined))?.mtimeMs ?? 0;
}

function isAbort(error: unknown): boolean {
  return (
    (error as Error).name === "AbortError" ||
    isFault(error, "call.cancelled") ||
    isFault(error, "deadline.exceeded")
  );
}
