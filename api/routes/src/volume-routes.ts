import { type PageQuery, pageQuerySchema } from "./platform-views.ts";
import { json, nothing, type Route } from "./route.ts";
import {
  type CreateVolumeBody,
  createVolumeSchema,
  type VolumePageView,
  type VolumeView,
  volumePageSchema,
  volumeViewSchema,
} from "./volume-views.ts";

export const createVolume: Route<never, CreateVolumeBody, VolumeView> = {
  id: "volumes.create",
  method: "POST",
  path: "/v1/volumes",
  role: "runner",
  summary: "Make a volume: an empty folder that outlives machines",
  body: json(createVolumeSchema),
  answer: json(volumeViewSchema),
  status: 201,
  isKeyed: true,
  faults: [
    "capability.undeclared",
    "environment.unhealthy",
    "idempotency.mismatch",
    "quota.exceeded",
    "resource.exists",
  ],
};

export const listVolumes: Route<PageQuery, never, VolumePageView> = {
  id: "volumes.list",
  method: "GET",
  path: "/v1/volumes",
  role: "viewer",
  summary: "List the volumes of the project, by name",
  query: pageQuerySchema,
  body: nothing,
  answer: json(volumePageSchema),
  status: 200,
  faults: [],
};

export const getVolume: Route<never, never, VolumeView> = {
  id: "volumes.get",
  method: "GET",
  path: "/v1/volumes/{name}",
  role: "viewer",
  summary: "Get a volume, and which machines have it",
  body: nothing,
  answer: json(volumeViewSchema),
  status: 200,
  faults: [],
};

export const deleteVolume: Route<never, never, Record<string, never>> = {
  id: "volumes.delete",
  method: "DELETE",
  path: "/v1/volumes/{name}",
  role: "runner",
  summary: "Erase a volume that no machine has, with all that is in it",
  body: nothing,
  answer: nothing,
  status: 204,
  faults: ["resource.busy"],
};

/** Everything under `/v1/volumes`. */
export const volumeRoutes: readonly Route[] = [
  createVolume,
  listVolumes,
  getVolume,
  deleteVolume,
] as readonly Route[];
