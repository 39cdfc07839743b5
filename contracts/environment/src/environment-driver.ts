import type { Digest } from "@bedplate/codec";
import type { Budget } from "./budget.ts";
import type { Call, KeyedCall } from "./call.ts";
import type { Declares } from "./facets/facet-spec.ts";
import type { Invocation } from "./facets/invoke.ts";
import type { Constraint, SnapshotManifest } from "./facets/snapshot.ts";
import type { InstanceDriver, InstanceHandle, InstanceSpec, Recovery } from "./instance-driver.ts";
import type { InvocationCheck } from "./invocation-check.ts";
import type { VolumesDriver } from "./volumes.ts";

/**
 * What an environment implements. Small and dumb: the caller's side (`Environment`) checks
 * arguments, phases, keys, deadlines and facets once for every environment.
 */
export interface EnvironmentDriver<D extends Declares = Declares> {
  /** The first answer at once, then one whenever it changes. */
  fingerprint(call: Call): AsyncIterable<Fingerprint>;
  /** Looks at an artifact and prepares it (decode, rewrite, compile, cache). */
  admit(artifact: Digest, call: KeyedCall): Promise<Admission>;
  /**
   * Whether an invocation of the artifact could run on the state that it reads. Nothing runs. There
   * exactly where `invoke.checks` is declared.
   */
  readonly check?:
    | ((artifact: Digest, invocation: Invocation, call: Call) => Promise<InvocationCheck>)
    | undefined;
  /**
   * What a snapshot needs and this place has not; reads nothing of its chunks. There exactly where
   * `snapshot` is declared. `create` is not asked for a snapshot that lacks something here.
   */
  readonly assess?:
    | ((snapshot: SnapshotManifest, call: Call) => Promise<readonly Constraint[]>)
    | undefined;
  /** What outlives machines here. There exactly where `exec.volumes` is declared. */
  readonly volumes?: VolumesDriver | undefined;
  create(spec: InstanceSpec, call: KeyedCall): Promise<InstanceDriver<D>>;
  /** Finds an instance of an earlier life of this host. */
  recover(handle: InstanceHandle, call: Call): Promise<Recovery<D>>;
  /** Everything alive that carries this host's mark. */
  inventory(call: Call): AsyncIterable<InstanceHandle>;
  /** Releases everything; afterwards every operation refuses. */
  close(call: Call): Promise<void>;
}

export interface Fingerprint {
  readonly isHealthy: boolean;
  readonly reason?: string | undefined;
  /** What is still free on this host. */
  readonly room: Budget & { readonly instances?: number | undefined };
}

/**
 * Runs of an artifact that are one batch share what its opening wrote, and its closing sees what they
 * left. Their inputs are a `BatchOpening` and a `BatchClosing`; an opening's output is `BatchTerms`.
 */
export interface BatchEntries {
  readonly opens: string;
  readonly closes: string;
}

/** Whether an artifact can run here. A corrupt one is an answer, not a fault. */
export type Admission =
  | {
      readonly isAdmitted: true;
      readonly instructionSet: string;
      readonly entries: readonly string[];
      /** For each entry that takes typed arguments, its type in the instruction set's own words. */
      readonly signatures?: Readonly<Record<string, string>> | undefined;
      /** The entries by which a host begins and ends a batch of runs that follow on each other. */
      readonly batch?: BatchEntries | undefined;
    }
  | { readonly isAdmitted: false; readonly reason: string };
