export { Artifacts, artifactBytesMax, type OfferedArtifact } from "./artifacts.ts";
export { decodeEvents, decodeWrites } from "./events-codec.ts";
export type { Replay } from "./replay.ts";
export { hasEnded, type Run, type RunOutcome, type RunPhase, runSchema } from "./run.ts";
export { priorityDefault, type RunRequest } from "./run-request.ts";
export { RunService, type SubmitOptions } from "./run-service.ts";
export type { RunFilter, RunPage } from "./run-store.ts";
export type { ProjectQuota, RunLimits, RunsModules } from "./runs-modules.ts";
export { inlineBytesMax, readBytes, type StoredBytes } from "./stored-bytes.ts";
