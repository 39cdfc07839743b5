export { type ApiError, apiErrorOf, errorResponse } from "./api-error.ts";
export { fromE2bKey, toE2bKey } from "./api-key.ts";
export { asConnectError, visibleMessage } from "./connect-code.ts";
export {
  type CreateRequest,
  createRequestSchema,
  type EgressRules,
  egressRulesSchema,
  type ForkRequest,
  forkRequestSchema,
  forksMax,
  type NetworkRequest,
  type PauseRequest,
  pauseRequestSchema,
  type SnapshotRequest,
  snapshotRequestSchema,
  type TimeoutRequest,
  timeoutRequestSchema,
  timeoutSecondsMax,
} from "./control-requests.ts";
export {
  envdVersion,
  type ForkView,
  type ListedSandbox,
  type SandboxDetail,
  type SandboxMetric,
  type SandboxView,
  type SnapshotView,
} from "./control-views.ts";
export { type FileGrant, isSameText, isSignature, signatureOf } from "./file-signature.ts";
export {
  EntryInfoSchema,
  EventType,
  Filesystem,
  FilesystemEventSchema,
  FileType,
  type WatchDirRequest,
  WatchDirResponseSchema,
} from "./generated/filesystem-messages.ts";
export {
  Process,
  type ProcessEvent,
  ProcessEventSchema,
  ProcessInfoSchema,
  type ProcessInput,
  type ProcessSelector,
  Signal,
  type StartRequest,
} from "./generated/process-messages.ts";
export { readMetadataQuery } from "./metadata-query.ts";
export { permissionsText } from "./permissions-text.ts";
export {
  envdPort,
  type SandboxAddress,
  sandboxAddressOf,
  sandboxIdPattern,
} from "./sandbox-address.ts";
export {
  type BuildLogView,
  type BuildRequest,
  type BuildStatusView,
  buildRequestSchema,
  type TagsRequest,
  type TemplateRequest,
  type TemplateStep,
  tagsRequestSchema,
  templateRequestSchema,
  type UntagRequest,
  untagRequestSchema,
} from "./template-requests.ts";
