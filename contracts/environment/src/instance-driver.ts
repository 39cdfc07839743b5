import type { Digest } from "@bedplate/codec";
import type { Fault } from "@bedplate/errors";
import type { Usage } from "./budget.ts";
import type { Call, KeyedCall } from "./call.ts";
import type { Caps, ResourceUse } from "./caps.ts";
import type { Exit } from "./exit.ts";
import type { EgressPolicy } from "./facets/egress.ts";
import type { Declares, FacetsOf } from "./facets/facet-spec.ts";
import type { SnapshotManifest } from "./facets/snapshot.ts";
import type { Phase } from "./phase.ts";
import type { VolumeMount } from "./volumes.ts";

/** One instance, as an environment implements it. The caller's side keeps the phase table. */
export interface InstanceDriver<D extends Declares = Declares> {
  readonly handle: InstanceHandle;
  readonly facets: FacetsOf<D>;
  /** No guest code runs before this. */
  start(call: KeyedCall): Promise<void>;
  /** Looks; never changes anything. */
  status(call: Call): Promise<InstanceStatus>;
  /** Ends the guest: asks, then after `graceMs` forces. */
  stop(how: StopOptions, call: KeyedCall): Promise<Exit>;
  /** Frees all that the instance holds; releasing twice does nothing. */
  release(call: KeyedCall): Promise<void>;
}

/** What identifies an instance across restarts of the host; never a process id alone. */
export interface InstanceHandle {
  readonly id: string;
  /** The key that `create` was called with. */
  readonly key: string;
  /** Build digest of the release. */
  readonly release: Digest;
  /** The host that it belongs to. */
  readonly owner: string;
  /** Random, and written where only the instance can hold it. */
  readonly incarnation: string;
  /** Opaque to the host, versioned by the plug-in. */
  readonly state: Uint8Array;
}

export interface InstanceStatus {
  readonly phase: Phase;
  readonly sinceAt: number;
  readonly exit?: Exit | undefined;
  readonly fault?: Fault | undefined;
  readonly usage: Usage;
  /** What it uses now; there while a machine (what declares `exec`) runs. */
  readonly resources?: ResourceUse | undefined;
}

export interface InstanceSpec {
  readonly artifact: Digest;
  /** What it starts as, instead of the artifact alone. Only where `snapshot` is declared. */
  readonly from?: SnapshotManifest | undefined;
  /** Fits the manifest's `instanceSchema`. */
  readonly config: Readonly<Record<string, unknown>>;
  /** Bounds of the whole instance. */
  readonly caps: Caps;
  readonly labels: Readonly<Record<string, string>>;
  /** Environment variables of every process of a machine. Only where `exec` is declared. */
  readonly env?: Readonly<Record<string, string>> | undefined;
  /** Default: nothing is reached. Only where `egress` is declared. */
  readonly egress?: EgressPolicy | undefined;
  /** Folders that outlive it. Only where `exec.volumes` is declared. */
  readonly volumes?: readonly VolumeMount[] | undefined;
}

export interface StopOptions {
  readonly graceMs: number;
  readonly signal?: string | undefined;
}

/** What became of an instance while the host was away. Recovering destroys and restarts nothing. */
export type Recovery<D extends Declares = Declares> =
  | { readonly found: "alive"; readonly instance: InstanceDriver<D> }
  | { readonly found: "ended"; readonly status: InstanceStatus }
  | { readonly found: "absent" }
  | { readonly found: "foreign" };
