import {
  type DrainBody,
  drainSchema,
  type NodeListView,
  type NodeView,
  nodeListSchema,
  nodeViewSchema,
} from "./node-views.ts";
import { json, nothing, type Route } from "./route.ts";

export const listNodes: Route<never, never, NodeListView> = {
  id: "nodes.list",
  method: "GET",
  path: "/v1/nodes",
  role: "admin",
  summary: "The hosts that run machines",
  body: nothing,
  answer: json(nodeListSchema),
  status: 200,
  faults: [],
};

export const getNode: Route<never, never, NodeView> = {
  id: "nodes.get",
  method: "GET",
  path: "/v1/nodes/{name}",
  role: "admin",
  summary: "A host that runs machines",
  body: nothing,
  answer: json(nodeViewSchema),
  status: 200,
  faults: [],
};

export const drainNode: Route<never, DrainBody, NodeView> = {
  id: "nodes.drain",
  method: "POST",
  path: "/v1/nodes/{name}/drain",
  role: "admin",
  summary: "Give a node no more machines; those that it has are moved, or stay until they end",
  body: json(drainSchema),
  answer: json(nodeViewSchema),
  status: 200,
  faults: ["phase.illegal"],
};

export const undrainNode: Route<never, never, NodeView> = {
  id: "nodes.undrain",
  method: "POST",
  path: "/v1/nodes/{name}/undrain",
  role: "admin",
  summary: "Give a node machines again",
  body: nothing,
  answer: json(nodeViewSchema),
  status: 200,
  faults: ["phase.illegal"],
};
