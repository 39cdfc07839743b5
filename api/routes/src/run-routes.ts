import { json, nothing, type Route } from "./route.ts";
import {
  type LogQuery,
  type LogView,
  logQuerySchema,
  logViewSchema,
  type ReplayView,
  type RunListQuery,
  type RunPageView,
  type RunQuery,
  type RunView,
  replayViewSchema,
  runListQuerySchema,
  runPageSchema,
  runQuerySchema,
  runViewSchema,
  type SubmitRunBody,
  submitRunSchema,
} from "./run-views.ts";

export const submitRun: Route<never, SubmitRunBody, RunView> = {
  id: "runs.submit",
  method: "POST",
  path: "/v1/runs",
  role: "runner",
  summary: "Run an artifact; with `wait`, answer when it has ended",
  body: json(submitRunSchema),
  answer: json(runViewSchema),
  status: 201,
  isKeyed: true,
  faults: ["capability.undeclared", "idempotency.mismatch"],
};

export const listRuns: Route<RunListQuery, never, RunPageView> = {
  id: "runs.list",
  method: "GET",
  path: "/v1/runs",
  role: "viewer",
  summary: "List runs, newest first",
  query: runListQuerySchema,
  body: nothing,
  answer: json(runPageSchema),
  status: 200,
  faults: [],
};

export const getRun: Route<RunQuery, never, RunView> = {
  id: "runs.get",
  method: "GET",
  path: "/v1/runs/{id}",
  role: "viewer",
  summary: "Get a run; with `waitMs`, when it has ended or that much later",
  query: runQuerySchema,
  body: nothing,
  answer: json(runViewSchema),
  status: 200,
  faults: [],
};

export const cancelRun: Route<never, never, RunView> = {
  id: "runs.cancel",
  method: "POST",
  path: "/v1/runs/{id}/cancel",
  role: "runner",
  summary: "Take a run back; one that has ended stays as it is",
  body: nothing,
  answer: json(runViewSchema),
  status: 200,
  faults: [],
};

export const replayRun: Route<never, never, ReplayView> = {
  id: "runs.replay",
  method: "POST",
  path: "/v1/runs/{id}/replay",
  role: "runner",
  summary: "Execute a recorded run again and compare the receipts",
  body: nothing,
  answer: json(replayViewSchema),
  status: 200,
  faults: ["digest.mismatch"],
};

export const followLogs: Route<LogQuery, never, LogView> = {
  id: "runs.logs",
  method: "GET",
  path: "/v1/runs/{id}/logs",
  role: "viewer",
  summary: "What the guest wrote, in order; with `follow`, while it runs",
  query: logQuerySchema,
  body: nothing,
  answer: { form: "events", schema: logViewSchema },
  status: 200,
  faults: [],
};

export const getOutput: Route<never, never, Uint8Array> = {
  id: "runs.output",
  method: "GET",
  path: "/v1/runs/{id}/output",
  role: "viewer",
  summary: "The result bytes of a run that has ended",
  body: nothing,
  answer: { form: "bytes", bytesMax: 256 * 2 ** 20 },
  status: 200,
  faults: [],
};
