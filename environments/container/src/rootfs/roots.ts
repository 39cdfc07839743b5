import { mkdir } from "node:fs/promises";
import type { Digest } from "@bedplate/codec";
import type { ArtifactPort, Call } from "@bedplate/environment";
import { isFault, raise } from "@bedplate/errors";
import {
  checkedBytes,
  type LayerBounds,
  LayerCache,
  type LayeredRoot,
  layoutArchive,
  type ReadPart,
  type RootConfig,
  readImage,
} from "@bedplate/oci";
import { hostSkeleton } from "./host-skeleton.ts";
import { type RootReading, readRoot } from "./machine-root.ts";

/** A root file system that stands ready on this node. */
export interface PreparedRoot {
  /** Folders, lowest first. */
  readonly layers: readonly string[];
  readonly usesHost: boolean;
  /** Variables that its maker gave it. */
  readonly env: Readonly<Record<string, string>>;
  /** Who runs what names no user, and where; absent: as the machine's config has it. */
  readonly user?: string | undefined;
  readonly workdir?: string | undefined;
}

/** Variables of a machine that names none. */
const standardEnv = {
  PATH: "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
  LANG: "C.UTF-8",
};

/** Shortest time between two looks for layers that nobody needs. */
const sweepEveryMs = 60_000;

/** How a node keeps root file systems. */
export interface RootsOptions {
  readonly dataFolder: string;
  readonly bounds: LayerBounds;
  /** Unpacked bytes that are kept where no machine uses them. */
  readonly cacheBytesMax: number;
  readonly blobs: ArtifactPort;
  /** Folders of layers that machines of this computer stand on. */
  readonly inUse: () => ReadonlySet<string>;
}

/** The root file systems of a node: layers are unpacked once, for whoever stands on them. */
export class Roots {
  readonly #folder: string;
  readonly #blobs: ArtifactPort;
  readonly #cache: LayerCache;
  readonly #inUse: () => ReadonlySet<string>;
  #sweeping: Promise<unknown> = Promise.resolve();
  #sweptAt = 0;

  constructor(options: RootsOptions) {
    const { bounds, cacheBytesMax: bytesMax } = options;
    this.#folder = `${options.dataFolder}/layers`;
    this.#blobs = options.blobs;
    this.#inUse = options.inUse;
    this.#cache = new LayerCache({ folder: this.#folder, bounds, bytesMax, now: Date.now });
  }

  /** What an artifact is; its layers are unpacked here, so that what cannot be is told before `create`. */
  async look(artifact: Uint8Array, call: Call): Promise<RootReading> {
    const reading = readRoot(artifact);
    if (reading.kind === "none" || reading.kind === "host") return reading;
    try {
      await this.#layered(reading, call);
      return reading;
    } catch (error) {
      if (!isOfArtifact(error)) throw error;
      return { kind: "none", reason: (error as Error).message.slice(0, 512) };
    }
  }

  async prepare(artifact: Uint8Array, call: Call): Promise<PreparedRoot> {
    const reading = readRoot(artifact);
    if (reading.kind === "none") throw unusable(reading.reason);
    if (reading.kind === "host") {
      return { layers: [await this.#host()], usesHost: true, env: standardEnv };
    }
    try {
      return await this.#layered(reading, call);
    } catch (error) {
      if (!isOfArtifact(error)) throw error;
      throw unusable((error as Error).message.slice(0, 512), error);
    }
  }

  /** Removes layers that nobody needs, as far as they are too many; not more often than it pays. */
  sweepSometimes(): void {
    if (Date.now() - this.#sweptAt < sweepEveryMs) return;
    this.#sweptAt = Date.now();
    // What could not be removed now, or may be in use, is found by the next sweep.
    this.#sweeping = this.#sweeping
      .then(() => this.#cache.sweep({ inUse: this.#inUse() }))
      .catch(() => {});
  }

  /** Comes back when nothing is being removed. */
  async settled(): Promise<void> {
    await this.#sweeping;
  }

  async #host(): Promise<string> {
    await mkdir(this.#folder, { recursive: true, mode: 0o700 });
    return hostSkeleton(this.#folder);
  }

  async #layered(
    reading: Extract<RootReading, { readonly kind: "layers" | "image" }>,
    call: Call,
  ): Promise<PreparedRoot> {
    const isImage = reading.kind === "image";
    const { root, read } = isImage
      ? await rootOfLayout(reading.layout, call.signal)
      : { root: reading.root, read: this.#reader(call) };
    const { signal } = call;
    const layers = await this.#cache.prepare(root.layers, { read, signal });
    const usesHost = root.base === "host";
    if (layers.length === 0 && !usesHost) throw new Error("it has no layers");
    return {
      layers: [...(usesHost ? [await this.#host()] : []), ...layers],
      usesHost,
      ...processOf(root),
    };
  }

  #reader(call: Call): ReadPart {
    return (digest) => this.#blobs.read(digest as Digest, call);
  }
}

/** What an image says of processes; one of the host's programs has the machine's ordinary user. */
function processOf({ base, config }: LayeredRoot): Omit<PreparedRoot, "layers" | "usesHost"> {
  const user = userOf(config);
  const named = user ?? (base === "host" ? undefined : "root");
  return {
    env: { ...standardEnv, ...config.env },
    ...(named !== undefined && { user: named }),
    ...(config.workdir !== undefined && { workdir: config.workdir }),
  };
}

/** The user without a group behind it: the machine's own list of users has that. */
function userOf({ user }: RootConfig): string | undefined {
  const name = user?.split(":")[0] ?? "";
  return name === "" ? undefined : name;
}

/** The layers of an archive are parts of it. */
async function rootOfLayout(
  layout: Uint8Array,
  signal: AbortSignal,
): Promise<{ readonly root: LayeredRoot; readonly read: ReadPart }> {
  const source = await layoutArchive(layout);
  const image = await readImage(source, { signal });
  const packed = new Map<string, Uint8Array>();
  for (const { descriptor } of image.layers) {
    const bytes = checkedBytes(source.layer(descriptor, signal), descriptor);
    const parts = await Array.fromAsync(bytes);
    packed.set(descriptor.digest, Buffer.concat(parts));
  }
  const layers = image.layers.map(({ descriptor, diffId, compression }) => {
    const bytes = packed.get(descriptor.digest)?.length ?? 0;
    return { diffId, compression, parts: [{ digest: descriptor.digest, bytes }] };
  });
  const root: LayeredRoot = { root: "layers", base: "none", layers, config: image.config };
  return { root, read: async (digest) => packed.get(digest) ?? new Uint8Array() };
}

/** Whether it is the artifact that is wrong, and not the place or the caller's patience. */
function isOfArtifact(error: unknown): boolean {
  const { name, fault } = error as { name?: string; fault?: { readonly kind: string } };
  if (name === "AbortError" || name === "TimeoutError") return false;
  if (isFault(error, "resource.missing")) return false;
  return fault === undefined || ["invalid", "corrupt", "exhausted"].includes(fault.kind);
}

function unusable(reason: string, cause?: unknown): Error {
  return raise("argument.invalid", {
    op: "environment.create",
    detail: { path: "/artifact", rule: "a description of a root or an OCI image layout" },
    message: `Cannot create the machine: ${reason}`,
    cause,
  });
}
