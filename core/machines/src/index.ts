export {
  type DesiredState,
  type HeldInstance,
  isSettled,
  type Lifetime,
  type Machine,
  type MachineSource,
  machineSchema,
  type Observation,
  type ObservedState,
  observedStates,
  type RestartPolicy,
} from "./machine.ts";
export type { AccessCall, HeldMachine, MachineAccess } from "./machine-access.ts";
export { followMachines } from "./machine-changes.ts";
export {
  eventsKeptMs,
  type MachineEvent,
  type MachineEventKind,
  machineEventSchema,
} from "./machine-event.ts";
export type { EventFilter } from "./machine-events.ts";
export { ttlMsMax } from "./machine-intake.ts";
export type { LifetimeChange } from "./machine-lifetime.ts";
export type { MachineNodes, Placing, SlotOffer } from "./machine-nodes.ts";
export { machineReferences } from "./machine-references.ts";
export {
  type MachineFilter,
  type MachinePage,
  type MachineRequest,
  machinePriorityDefault,
} from "./machine-request.ts";
export {
  type CaptureOptions,
  forkCountMax,
  MachineService,
  type ReachOptions,
} from "./machine-service.ts";
export { type MachineSnapshot, machineSnapshotSchema } from "./machine-snapshot.ts";
export { MachineSnapshots, type SnapshotFilter, type SnapshotPage } from "./machine-snapshots.ts";
export { type MachineStart, machineStartSchema } from "./machine-start.ts";
export {
  type EventDraft,
  type MachineChange,
  MachineStore,
  type OnceKey,
} from "./machine-store.ts";
export type { MachineRef } from "./machine-tables.ts";
export type { MachineQuota, MachinesModules, StandardMachine } from "./machines-modules.ts";
export { decide, type Seen, type Step } from "./node/decide.ts";
export { LocalControl } from "./node/local-control.ts";
export { MachineNode, type NodeModules } from "./node/machine-node.ts";
export type { Assignment, MachineReport, NodeControl } from "./node/node-control.ts";
export type { StandardSize } from "./nodes/machine-size.ts";
export { NodeDirectory, type NodeSight } from "./nodes/node-directory.ts";
export { type MembershipModules, NodeMembership, nodeBeatMs } from "./nodes/node-membership.ts";
export type { NodeOffer, NodeRecord, NodeSelf } from "./nodes/node-record.ts";
export { PlacementLease, placementLeaseMs } from "./nodes/placement-lease.ts";
export { Placer, type PlacerModules, type PlacerSettings } from "./nodes/placer.ts";
export {
  type MachineVolume,
  type Volume,
  type VolumeEvent,
  type VolumeHolder,
  volumeEventSchema,
} from "./volumes/volume.ts";
export { type HomeWish, NodeHomes, type VolumeHomes } from "./volumes/volume-homes.ts";
export {
  type VolumeRequest,
  VolumeService,
  type VolumesModules,
  type VolumeWish,
} from "./volumes/volume-service.ts";
export { type VolumePage, type VolumeQuota, VolumeStore } from "./volumes/volume-store.ts";
