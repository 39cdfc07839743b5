export {
  type BatchClosing,
  type BatchOpening,
  type BatchTerms,
  batchClosingSchema,
  batchOpeningSchema,
  batchTermsSchema,
} from "./batch-messages.ts";
export {
  type Budget,
  budgetSchema,
  type Meter,
  meters,
  noUsage,
  tightenBudget,
  type Usage,
} from "./budget.ts";
export { type Call, type CallOptions, type KeyedCall, newCall, requestMembers } from "./call.ts";
export {
  type CapName,
  type Caps,
  capNames,
  capsSchema,
  type ResourceUse,
  tightenCaps,
} from "./caps.ts";
export { unprovable } from "./conformance/unprovable.ts";
export { contractVersion, speaks } from "./contract-versions.ts";
export type { BasicBlock, CodeDecoder, CodeUnit, Instruction } from "./decoding.ts";
export type {
  Admission,
  BatchEntries,
  EnvironmentDriver,
  Fingerprint,
} from "./environment-driver.ts";
export type { Exit } from "./exit.ts";
export {
  denyAll,
  type EgressDriver,
  type EgressMatch,
  type EgressParams,
  type EgressPolicy,
  type EgressRule,
  type PortRange,
} from "./facets/egress.ts";
export {
  type ExecDriver,
  type ExecParams,
  type ExecRequest,
  type InputRequest,
  inputBytesMax,
  type OutputRequest,
  type Process,
  type ProcessOutput,
  type ProcessRef,
  type SignalRequest,
  type TerminalRequest,
  type TerminalSize,
} from "./facets/exec.ts";
export {
  type Declares,
  type FacetName,
  type FacetSpec,
  type FacetsOf,
  facetNames,
} from "./facets/facet-spec.ts";
export type {
  FileAttributes,
  FileChange,
  FileEntry,
  FileRequest,
  FilesDriver,
  FilesParams,
  FolderRequest,
  ListRequest,
  MoveRequest,
  ReadRequest,
  WatchRequest,
  WriteRequest,
} from "./facets/files.ts";
export {
  type CrossCall,
  type CrossOutcome,
  creditBytesMax,
  type EventBounds,
  type Execution,
  eventBounds,
  type GuestEvent,
  type Invocation,
  type InvokeDriver,
  type InvokeParams,
  type StateCredit,
  type StateReader,
  type StateWrite,
} from "./facets/invoke.ts";
export type { Observation, ObserveDriver, ObserveParams } from "./facets/observe.ts";
export type { PauseDriver, PauseParams } from "./facets/pause.ts";
export type { ResizeDriver, ResizeParams } from "./facets/resize.ts";
export type { Mark, RewindDriver, RewindParams } from "./facets/rewind.ts";
export type {
  Endpoint,
  ServeDriver,
  ServeParams,
  ServeProtocol,
  ServeRequest,
} from "./facets/serve.ts";
export {
  type CaptureRequest,
  type Constraint,
  layerFormat,
  type SnapshotDriver,
  type SnapshotManifest,
  type SnapshotParams,
  type SnapshotScope,
  type SnapshotSink,
  snapshotChunkBytesMax,
} from "./facets/snapshot.ts";
export { agreeFeatures, type FeatureAgreement, type FeatureWish } from "./features.ts";
export { checkVolumes } from "./gate/check-volumes.ts";
export { withDeadline } from "./gate/deadline.ts";
export { Environment, type InstanceRecord, type Recovered } from "./gate/environment.ts";
export { type EnvironmentOptions, instancesMaxDefault } from "./gate/environment-options.ts";
export type { GatedFacets } from "./gate/gated-facets.ts";
export { type Executed, type GatedInvokeDriver, wallGraceMs } from "./gate/gated-invoke.ts";
export { type Guard, type GuardAsk, type GuardGrant, openGuard } from "./gate/guard.ts";
export { createHostPort } from "./gate/host-port.ts";
export { Instance, type InstanceOptions } from "./gate/instance.ts";
export { type MachineBounds, machineBounds } from "./gate/machine-bounds.ts";
export {
  agreeWith,
  type OpenEnvironmentOptions,
  openEnvironment,
} from "./gate/open-environment.ts";
export { snapshotDigest } from "./gate/single-clones.ts";
export { greetingBytesMax, greetingTimeoutMs, readGreeting, writeGreeting } from "./greeting.ts";
export type { GuestMemory, MemoryImage } from "./guest-memory.ts";
export {
  checkOperation,
  type HostOperation,
  type OperationPrice,
  operationField,
  operationFuel,
  operationPermission,
} from "./host-operation.ts";
export type {
  ArtifactPort,
  BytesCachePort,
  ClockPort,
  HostPort,
  Permission,
  PortOf,
  RandomPort,
} from "./host-port.ts";
export type {
  InstanceDriver,
  InstanceHandle,
  InstanceSpec,
  InstanceStatus,
  Recovery,
  StopOptions,
} from "./instance-driver.ts";
export { InstanceLife } from "./instance-life.ts";
export { checkCodeMax, type InvocationCheck, type Turn } from "./invocation-check.ts";
export {
  type ArtifactHint,
  type Dependency,
  definePlugin,
  erasePlugin,
  type Hooks,
  type Manifest,
  type Plugin,
  type Provenance,
  type Signature,
} from "./manifest.ts";
export { manifestSchema } from "./manifest-schema.ts";
export {
  type Agreement,
  type ContractRange,
  type ContractVersion,
  type Deprecation,
  type Feature,
  type FeatureStage,
  negotiate,
  type Offer,
  type OfferOptions,
  offerOf,
} from "./negotiation.ts";
export {
  ObservationHub,
  type ObservationHubOptions,
  observationsWaitingMax,
  watchersMax,
} from "./observation-hub.ts";
export { type Outcome, type OutcomeKind, reasonMax } from "./outcome.ts";
export { type InstanceOperation, isLegal, type Phase, phaseTable } from "./phase.ts";
export {
  type InstructionSet,
  type NondeterminismSource,
  type Profile,
  profileSchema,
} from "./profile.ts";
export { decodeProgramInput, encodeProgramInput, type ProgramInput } from "./program-input.ts";
export {
  emptyState,
  isReplayable,
  profileDigest,
  type ReceiptSubject,
  receiptOf,
} from "./receipt.ts";
export { readSnapshotChunks } from "./snapshot-chunks.ts";
export { breakingChanges } from "./surface/additivity.ts";
export {
  type ContractName,
  contractNames,
  type OperationText,
  type SurfaceDocument,
  surfaceDigest,
  surfaceDocument,
} from "./surface/surface-document.ts";
export {
  reservedPaths,
  type VolumeMount,
  type VolumesDriver,
  volumeNamePattern,
  volumesMax,
} from "./volumes.ts";
