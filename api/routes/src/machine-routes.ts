import {
  type CaptureBody,
  captureSchema,
  type MachineEventQuery,
  type MachineEventView,
  type MachineSnapshotPageView,
  type MachineSnapshotQuery,
  type MachineSnapshotView,
  type MetricsQuery,
  type MetricsView,
  machineEventQuerySchema,
  machineEventSchema,
  machineSnapshotPageSchema,
  machineSnapshotQuerySchema,
  machineSnapshotSchema,
  metricsQuerySchema,
  metricsSchema,
  type OpenPortBody,
  openPortSchema,
  type PortView,
  portSchema,
} from "./machine-history-views.ts";
import {
  type CapsView,
  type CreateMachineBody,
  capsSchema,
  createMachineSchema,
  type EgressView,
  egressSchema,
  type ForkBody,
  forkSchema,
  type LifetimeBody,
  lifetimeSchema,
  type MachineListQuery,
  type MachineListView,
  type MachinePageView,
  type MachineQuery,
  type MachineView,
  machineListQuerySchema,
  machineListSchema,
  machinePageSchema,
  machineQuerySchema,
  machineViewSchema,
  type ResumeBody,
  resumeSchema,
} from "./machine-views.ts";
import { json, nothing, type Route } from "./route.ts";

export const createMachine: Route<MachineQuery, CreateMachineBody, MachineView> = {
  id: "machines.create",
  method: "POST",
  path: "/v1/machines",
  role: "runner",
  summary: "Make a machine; with `waitMs`, answer when it runs",
  query: machineQuerySchema,
  body: json(createMachineSchema),
  answer: json(machineViewSchema),
  status: 201,
  isKeyed: true,
  faults: ["capability.undeclared", "idempotency.mismatch"],
};

export const listMachines: Route<MachineListQuery, never, MachinePageView> = {
  id: "machines.list",
  method: "GET",
  path: "/v1/machines",
  role: "viewer",
  summary: "List machines, newest first",
  query: machineListQuerySchema,
  body: nothing,
  answer: json(machinePageSchema),
  status: 200,
  faults: [],
};

export const getMachine: Route<MachineQuery, never, MachineView> = {
  id: "machines.get",
  method: "GET",
  path: "/v1/machines/{id}",
  role: "viewer",
  summary: "Get a machine; with `waitMs`, when it is as it is wanted",
  query: machineQuerySchema,
  body: nothing,
  answer: json(machineViewSchema),
  status: 200,
  faults: [],
};

export const deleteMachine: Route<MachineQuery, never, MachineView> = {
  id: "machines.delete",
  method: "DELETE",
  path: "/v1/machines/{id}",
  role: "runner",
  summary: "End a machine with all that is in it",
  query: machineQuerySchema,
  body: nothing,
  answer: json(machineViewSchema),
  status: 200,
  faults: [],
};

export const pauseMachine: Route<MachineQuery, never, MachineView> = {
  id: "machines.pause",
  method: "POST",
  path: "/v1/machines/{id}/pause",
  role: "runner",
  summary: "Have a machine stand still",
  query: machineQuerySchema,
  body: nothing,
  answer: json(machineViewSchema),
  status: 200,
  faults: ["phase.illegal", "capability.undeclared"],
};

export const resumeMachine: Route<MachineQuery, ResumeBody, MachineView> = {
  id: "machines.resume",
  method: "POST",
  path: "/v1/machines/{id}/resume",
  role: "runner",
  summary: "Have a machine run again",
  query: machineQuerySchema,
  body: json(resumeSchema),
  answer: json(machineViewSchema),
  status: 200,
  faults: ["phase.illegal"],
};

export const stopMachine: Route<MachineQuery, never, MachineView> = {
  id: "machines.stop",
  method: "POST",
  path: "/v1/machines/{id}/stop",
  role: "runner",
  summary: "End what runs in a machine, and keep its disk",
  query: machineQuerySchema,
  body: nothing,
  answer: json(machineViewSchema),
  status: 200,
  faults: ["phase.illegal"],
};

export const setLifetime: Route<never, LifetimeBody, MachineView> = {
  id: "machines.lifetime",
  method: "PUT",
  path: "/v1/machines/{id}/lifetime",
  role: "runner",
  summary: "Change how long a machine lives, and what then",
  body: json(lifetimeSchema),
  answer: json(machineViewSchema),
  status: 200,
  faults: [],
};

export const setEgress: Route<never, EgressView, MachineView> = {
  id: "machines.egress",
  method: "PUT",
  path: "/v1/machines/{id}/egress",
  role: "runner",
  summary: "Replace what a machine may reach",
  body: json(egressSchema),
  answer: json(machineViewSchema),
  status: 200,
  faults: ["capability.undeclared"],
};

export const resizeMachine: Route<never, CapsView, MachineView> = {
  id: "machines.resize",
  method: "PUT",
  path: "/v1/machines/{id}/caps",
  role: "runner",
  summary: "Change bounds of a running machine",
  body: json(capsSchema),
  answer: json(machineViewSchema),
  status: 200,
  faults: ["phase.illegal", "resource.busy", "capability.undeclared"],
};

export const captureMachine: Route<never, CaptureBody, MachineSnapshotView> = {
  id: "machines.capture",
  method: "POST",
  path: "/v1/machines/{id}/snapshots",
  role: "runner",
  summary: "Capture a machine as a snapshot",
  body: json(captureSchema),
  answer: json(machineSnapshotSchema),
  status: 201,
  faults: ["phase.illegal", "capability.undeclared"],
};

export const forkMachine: Route<never, ForkBody, MachineListView> = {
  id: "machines.fork",
  method: "POST",
  path: "/v1/machines/{id}/fork",
  role: "runner",
  summary: "Make machines that begin as this one is now",
  body: json(forkSchema),
  answer: json(machineListSchema),
  status: 201,
  faults: ["phase.illegal", "capability.undeclared"],
};

export const listMachineSnapshots: Route<MachineSnapshotQuery, never, MachineSnapshotPageView> = {
  id: "machines.listSnapshots",
  method: "GET",
  path: "/v1/machine-snapshots",
  role: "viewer",
  summary: "List snapshots of machines, newest first",
  query: machineSnapshotQuerySchema,
  body: nothing,
  answer: json(machineSnapshotPageSchema),
  status: 200,
  faults: [],
};

export const getMachineSnapshot: Route<never, never, MachineSnapshotView> = {
  id: "machines.getSnapshot",
  method: "GET",
  path: "/v1/machine-snapshots/{id}",
  role: "viewer",
  summary: "Get a snapshot of a machine",
  body: nothing,
  answer: json(machineSnapshotSchema),
  status: 200,
  faults: [],
};

export const deleteMachineSnapshot: Route<never, never, Record<string, never>> = {
  id: "machines.deleteSnapshot",
  method: "DELETE",
  path: "/v1/machine-snapshots/{id}",
  role: "runner",
  summary: "Forget a snapshot; machines that were made from it go on",
  body: nothing,
  answer: nothing,
  status: 204,
  faults: [],
};

export const tellMachineEvents: Route<MachineEventQuery, never, MachineEventView> = {
  id: "machines.events",
  method: "GET",
  path: "/v1/machines/{id}/events",
  role: "viewer",
  summary: "What happened to a machine; with `follow`, what happens",
  query: machineEventQuerySchema,
  body: nothing,
  answer: { form: "events", schema: machineEventSchema },
  status: 200,
  faults: [],
};

export const openPort: Route<never, OpenPortBody, PortView> = {
  id: "machines.openPort",
  method: "PUT",
  path: "/v1/machines/{id}/ports/{port}",
  role: "runner",
  summary: "Open a way to a port of a machine; a private one with a new token",
  body: json(openPortSchema),
  answer: json(portSchema),
  status: 200,
  faults: ["phase.illegal", "capability.undeclared", "route.conflict"],
};

export const closePort: Route<never, never, Record<string, never>> = {
  id: "machines.closePort",
  method: "DELETE",
  path: "/v1/machines/{id}/ports/{port}",
  role: "runner",
  summary: "Close the way to a port of a machine",
  body: nothing,
  answer: nothing,
  status: 204,
  faults: ["phase.illegal"],
};

export const getMachineMetrics: Route<MetricsQuery, never, MetricsView> = {
  id: "machines.metrics",
  method: "GET",
  path: "/v1/machines/{id}/metrics",
  role: "viewer",
  summary: "What a machine used, oldest first",
  query: metricsQuerySchema,
  body: nothing,
  answer: json(metricsSchema),
  status: 200,
  faults: [],
};
