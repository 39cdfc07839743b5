import type { Digest } from "@bedplate/codec";
import type { Log } from "@bedplate/telemetry";
import type { Call } from "./call.ts";

/** What a plug-in may ask for; only what was granted exists on its `HostPort`. */
export type Permission =
  | "blob:read"
  | "blob:write"
  | "cache"
  | "clock"
  | "random"
  | "log"
  | `host-function:${string}`
  | `egress:${string}`
  | `device:${string}`
  | `secret:${string}`;

/** The host, as a plug-in sees it. */
export interface HostPort {
  /** Marks everything that this host's instances leave on the machine. */
  readonly owner: string;
  readonly granted: ReadonlySet<string>;
  /** Throws `permission.denied` for what was not granted. */
  use<P extends keyof PortOf>(permission: P): PortOf[P];
}

/** What each permission gives. */
export interface PortOf {
  readonly "blob:read": ArtifactPort;
  readonly cache: BytesCachePort;
  readonly clock: ClockPort;
  readonly random: RandomPort;
  readonly log: Log;
}

export interface ArtifactPort {
  /** Rejects with `resource.missing` when there is no such artifact. */
  read(digest: Digest, call: Call): Promise<Uint8Array>;
}

/** Bytes that can be made again, for example rewritten modules. It may forget, never lie. */
export interface BytesCachePort {
  get(key: string): Promise<Uint8Array | undefined>;
  put(key: string, value: Uint8Array): Promise<void>;
}

export interface ClockPort {
  now(): number;
}

export interface RandomPort {
  bytes(count: number): Uint8Array;
}
