import {
  type ExecBody,
  execSchema,
  type OutputQuery,
  outputQuerySchema,
  type ProcessEventView,
  type ProcessListView,
  type ProcessQuery,
  type ProcessView,
  processEventSchema,
  processListSchema,
  processQuerySchema,
  processSchema,
  type SignalBody,
  signalSchema,
  type TerminalView,
  terminalSchema,
} from "./process-views.ts";
import { json, nothing, type Route } from "./route.ts";

export const execInMachine: Route<never, ExecBody, ProcessEventView> = {
  id: "machines.exec",
  method: "POST",
  path: "/v1/machines/{id}/exec",
  role: "runner",
  summary: "Start a process and tell its output until its exit",
  body: json(execSchema),
  answer: { form: "events", schema: processEventSchema },
  status: 200,
  isKeyed: true,
  faults: ["phase.illegal"],
};

export const startProcess: Route<never, ExecBody, ProcessView> = {
  id: "machines.startProcess",
  method: "POST",
  path: "/v1/machines/{id}/processes",
  role: "runner",
  summary: "Start a process in a machine",
  body: json(execSchema),
  answer: json(processSchema),
  status: 201,
  isKeyed: true,
  faults: ["phase.illegal"],
};

export const listProcesses: Route<never, never, ProcessListView> = {
  id: "machines.processes",
  method: "GET",
  path: "/v1/machines/{id}/processes",
  role: "viewer",
  summary: "The processes that were started in a machine",
  body: nothing,
  answer: json(processListSchema),
  status: 200,
  faults: ["phase.illegal"],
};

export const getProcess: Route<ProcessQuery, never, ProcessView> = {
  id: "machines.process",
  method: "GET",
  path: "/v1/machines/{id}/processes/{process}",
  role: "viewer",
  summary: "Get a process; with `waitMs`, when it has ended",
  query: processQuerySchema,
  body: nothing,
  answer: json(processSchema),
  status: 200,
  faults: ["phase.illegal"],
};

export const followOutput: Route<OutputQuery, never, ProcessEventView> = {
  id: "machines.output",
  method: "GET",
  path: "/v1/machines/{id}/processes/{process}/output",
  role: "viewer",
  summary: "What a process writes, from a byte on, until its exit",
  query: outputQuerySchema,
  body: nothing,
  answer: { form: "events", schema: processEventSchema },
  status: 200,
  faults: ["phase.illegal"],
};

export const writeInput: Route<never, Uint8Array, Record<string, never>> = {
  id: "machines.input",
  method: "POST",
  path: "/v1/machines/{id}/processes/{process}/input",
  role: "runner",
  summary: "Give bytes to a process; answers when it has taken them",
  body: { form: "bytes", bytesMax: 2 ** 20 },
  answer: nothing,
  status: 204,
  faults: ["phase.illegal"],
};

export const closeInput: Route<never, never, Record<string, never>> = {
  id: "machines.closeInput",
  method: "DELETE",
  path: "/v1/machines/{id}/processes/{process}/input",
  role: "runner",
  summary: "End the input of a process",
  body: nothing,
  answer: nothing,
  status: 204,
  faults: ["phase.illegal"],
};

export const signalProcess: Route<never, SignalBody, Record<string, never>> = {
  id: "machines.signal",
  method: "POST",
  path: "/v1/machines/{id}/processes/{process}/signal",
  role: "runner",
  summary: "Send a signal to a process and those that it started",
  body: json(signalSchema),
  answer: nothing,
  status: 204,
  faults: ["phase.illegal"],
};

export const resizeTerminal: Route<never, TerminalView, Record<string, never>> = {
  id: "machines.terminal",
  method: "PUT",
  path: "/v1/machines/{id}/processes/{process}/terminal",
  role: "runner",
  summary: "Change the size of a terminal",
  body: json(terminalSchema),
  answer: nothing,
  status: 204,
  faults: ["phase.illegal"],
};
