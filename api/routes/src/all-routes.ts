import { createKey, listKeys, listProjects, putProject, revokeKey } from "./access-routes.ts";
import {
  decodeArtifact,
  followEvents,
  getArtifact,
  getEnvironment,
  getPolicy,
  listEnvironments,
  listJournal,
  listReleases,
  putArtifact,
  putPolicy,
  retireRelease,
  swapSlot,
} from "./platform-routes.ts";
import type { Route } from "./route.ts";
import {
  cancelRun,
  followLogs,
  getOutput,
  getRun,
  listRuns,
  replayRun,
  submitRun,
} from "./run-routes.ts";

/** Every route under `/v1`. */
export const allRoutes: readonly Route[] = [
  submitRun,
  listRuns,
  getRun,
  cancelRun,
  replayRun,
  followLogs,
  getOutput,
  putArtifact,
  getArtifact,
  listEnvironments,
  getEnvironment,
  decodeArtifact,
  listReleases,
  retireRelease,
  swapSlot,
  getPolicy,
  putPolicy,
  listJournal,
  followEvents,
  createKey,
  listKeys,
  revokeKey,
  listProjects,
  putProject,
] as readonly Route[];
