export {
  type CreateKeyBody,
  createKey,
  type KeyView,
  listKeys,
  listProjects,
  type NewKeyView,
  type ProjectView,
  putProject,
  type QuotaView,
  revokeKey,
} from "./access-routes.ts";
export { allRoutes } from "./all-routes.ts";
export { openApi } from "./open-api.ts";
export {
  artifactBytesMax,
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
export type {
  ArtifactView,
  BindingView,
  CodeListingView,
  EnvironmentListView,
  EnvironmentView,
  EventPageView,
  EventView,
  PageQuery,
  PolicyView,
  ReleaseView,
  RetireBody,
  SwapBody,
} from "./platform-views.ts";
export { commonFaults, jsonBytesMax, type Route, type RouteBody, type RouteRole } from "./route.ts";
export {
  cancelRun,
  followLogs,
  getOutput,
  getRun,
  listRuns,
  replayRun,
  submitRun,
} from "./run-routes.ts";
export type {
  BudgetView,
  BytesView,
  FaultView,
  LogQuery,
  LogView,
  OutcomeView,
  ReplayView,
  RunListQuery,
  RunPageView,
  RunQuery,
  RunView,
  SubmitRunBody,
  UsageView,
} from "./run-views.ts";
