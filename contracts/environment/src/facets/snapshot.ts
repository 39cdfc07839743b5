import type { Digest } from "@bedplate/codec";
import type { Call, KeyedCall } from "../call.ts";

/** A durable, portable image of an instance. Restoring is `create` with `from`. */
export interface SnapshotParams {
  readonly formats: readonly string[];
  readonly incremental: boolean;
  readonly live: boolean;
  /** `many` only where restore gives each clone its own identity and chance. */
  readonly clones: "single" | "many";
}

export interface SnapshotDriver {
  capture(sink: SnapshotSink, call: KeyedCall): Promise<SnapshotManifest>;
  /** The constraints of a snapshot that this place does not meet; reads nothing of its chunks. */
  assess(snapshot: SnapshotManifest, call: Call): Promise<readonly Constraint[]>;
}

export type SnapshotSink = (chunk: Uint8Array) => Promise<void>;

export interface SnapshotManifest {
  readonly format: { readonly name: string; readonly major: number; readonly minor: number };
  readonly by: { readonly plugin: Digest; readonly engine: string };
  readonly requires: readonly Constraint[];
  readonly parent?: Digest | undefined;
  readonly chunks: readonly { readonly digest: Digest; readonly bytes: number }[];
  readonly clones: "single" | "many";
}

export interface Constraint {
  readonly what: "cpu" | "kernel" | "engine" | "device" | "network" | "file" | "format";
  readonly needs: string;
}
