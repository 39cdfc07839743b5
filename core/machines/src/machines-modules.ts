import type { BlobStore } from "@bedplate/blob";
import type { Clock, Random } from "@bedplate/clock";
import type { Registry } from "@bedplate/registry";
import type { Artifacts } from "@bedplate/runs";
import type { StateStore } from "@bedplate/state";
import type { Log } from "@bedplate/telemetry";
import type { MachineNodes } from "./machine-nodes.ts";
import type { MachineStore } from "./machine-store.ts";
import type { VolumeService } from "./volumes/volume-service.ts";

/** What bounds a project; the composition root reads it from `core/access`. */
export interface MachineQuota {
  readonly machinesMax: number;
}

/** What a request gets that names none. */
export interface StandardMachine {
  readonly slot: string;
  /** The image of a slot; undefined: a request has to bring one. */
  image(slot: string): Uint8Array | undefined;
}

/** What the service is built from. */
export interface MachinesModules {
  readonly state: StateStore;
  readonly store: MachineStore;
  readonly nodes: MachineNodes;
  readonly volumes: Pick<VolumeService, "resolve">;
  readonly blobs: BlobStore;
  readonly registry: Registry;
  readonly artifacts: Artifacts;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly standard: StandardMachine;
  readonly quotaOf: (project: string) => Promise<MachineQuota>;
}
