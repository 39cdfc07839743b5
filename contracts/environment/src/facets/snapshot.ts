import type { Digest } from "@bedplate/codec";
import type { KeyedCall } from "../call.ts";

/** A durable, portable image of a machine. Restoring is `create` with `from`. */
export interface SnapshotParams {
  /** What can be captured. */
  readonly scopes: readonly SnapshotScope[];
  /** The formats that can be restored here, by name; that of a layer is not among them. */
  readonly formats: readonly string[];
  /** Whether a capture can leave out what an earlier one has. */
  readonly incremental: boolean;
  /** How long a running machine stands still at most while it is captured. */
  readonly pauseMsMax: number;
  /** `many` only where a restored machine gets an identity and chance of its own before it runs. */
  readonly clones: "single" | "many";
}

/**
 * The file system alone: what is restored boots afresh. Or all of it, processes and memory included.
 * Or what was added to the file system that the artifact names, as a `layer`: other artifacts can be
 * made of it, and no machine is restored from it. Its chunks are one tar archive, cut anywhere, with
 * the whiteouts of OCI images.
 */
export type SnapshotScope = "files" | "machine" | "layer";

/** The format of each layer. */
export const layerFormat = { name: "oci-layer", major: 1, minor: 0 } as const;

export interface SnapshotDriver {
  /**
   * Captures the machine as it is at one instant, running or paused; afterwards it is in the phase
   * in which it was. A capture that fails or whose caller leaves hurts the machine no more.
   */
  capture(request: CaptureRequest, call: KeyedCall): Promise<SnapshotManifest>;
}

export interface CaptureRequest {
  readonly scope: SnapshotScope;
  /** Takes each chunk before the next is made. */
  readonly sink: SnapshotSink;
  /** An earlier snapshot: chunks that it names need not be given again. Only where `incremental`. */
  readonly parent?: SnapshotManifest | undefined;
}

/** Takes one chunk of at most `snapshotChunkBytesMax`. */
export type SnapshotSink = (chunk: Uint8Array) => Promise<void>;

/** Largest chunk of a snapshot. */
export const snapshotChunkBytesMax: number = 16 * 1024 * 1024;

/** All that is needed to restore: it stands alone, whether it was captured on a parent or not. */
export interface SnapshotManifest {
  readonly scope: SnapshotScope;
  readonly format: { readonly name: string; readonly major: number; readonly minor: number };
  /** Which build made it, and by which engine. */
  readonly by: { readonly plugin: Digest; readonly engine: string };
  /** What a place must have to restore it. */
  readonly requires: readonly Constraint[];
  /** In their order; read as artifacts when it is restored, and checked against their digests. */
  readonly chunks: readonly { readonly digest: Digest; readonly bytes: number }[];
  readonly clones: "single" | "many";
  /** Whether the values of the machine's environment variables are in it. */
  readonly hasEnv: boolean;
}

export interface Constraint {
  readonly what: "cpu" | "kernel" | "engine" | "device" | "network" | "file" | "format";
  readonly needs: string;
}
