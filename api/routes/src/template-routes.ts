import { json, nothing, type Route } from "./route.ts";
import {
  type BuildFilesView,
  type BuildListView,
  type BuildLogQuery,
  type BuildLogView,
  type BuildQuery,
  type BuildTemplateBody,
  type BuildView,
  buildFilesSchema,
  buildListSchema,
  buildLogQuerySchema,
  buildLogViewSchema,
  buildQuerySchema,
  buildTemplateSchema,
  buildViewSchema,
  type ImageListView,
  type ImageQuery,
  type ImageView,
  imageListSchema,
  imageQuerySchema,
  imageViewSchema,
  type PullBody,
  pullSchema,
  type TagBody,
  type TemplateListView,
  type TemplateView,
  tagSchema,
  templateListSchema,
  templateViewSchema,
} from "./template-views.ts";

/** Largest archive of files for COPY steps, and largest image layout, that one request brings. */
export const imageBytesMax: number = 256 * 2 ** 20;

export const buildTemplate: Route<never, BuildTemplateBody, BuildView> = {
  id: "templates.build",
  method: "POST",
  path: "/v1/templates",
  role: "runner",
  summary: "Build a template, step by step; it goes on also when nobody waits",
  body: json(buildTemplateSchema),
  answer: json(buildViewSchema),
  status: 202,
  faults: [],
};

export const listTemplates: Route<never, never, TemplateListView> = {
  id: "templates.list",
  method: "GET",
  path: "/v1/templates",
  role: "viewer",
  summary: "The templates of the project",
  body: nothing,
  answer: json(templateListSchema),
  status: 200,
  faults: [],
};

export const getTemplate: Route<never, never, TemplateView> = {
  id: "templates.get",
  method: "GET",
  path: "/v1/templates/{template}",
  role: "viewer",
  summary: "A template, by its name or id",
  body: nothing,
  answer: json(templateViewSchema),
  status: 200,
  faults: [],
};

export const deleteTemplate: Route<never, never, Record<string, never>> = {
  id: "templates.delete",
  method: "DELETE",
  path: "/v1/templates/{template}",
  role: "runner",
  summary: "Remove a template with its builds; machines that were made of it stay",
  body: nothing,
  answer: nothing,
  status: 204,
  faults: [],
};

export const tagTemplate: Route<never, TagBody, TemplateView> = {
  id: "templates.tag",
  method: "POST",
  path: "/v1/templates/{template}/tags",
  role: "runner",
  summary: "Let tags stand for other builds, or take them away",
  body: json(tagSchema),
  answer: json(templateViewSchema),
  status: 200,
  faults: ["version.mismatch"],
};

export const listBuilds: Route<never, never, BuildListView> = {
  id: "templates.builds",
  method: "GET",
  path: "/v1/templates/{template}/builds",
  role: "viewer",
  summary: "The builds of a template, newest first",
  body: nothing,
  answer: json(buildListSchema),
  status: 200,
  faults: [],
};

export const getBuild: Route<BuildQuery, never, BuildView> = {
  id: "builds.get",
  method: "GET",
  path: "/v1/builds/{id}",
  role: "viewer",
  summary: "A build; with `waitMs`, when it has ended or that much later",
  query: buildQuerySchema,
  body: nothing,
  answer: json(buildViewSchema),
  status: 200,
  faults: [],
};

export const followBuild: Route<BuildLogQuery, never, BuildLogView> = {
  id: "builds.logs",
  method: "GET",
  path: "/v1/builds/{id}/logs",
  role: "viewer",
  summary: "The log of a build, from an entry on; with `follow`, until it has ended",
  query: buildLogQuerySchema,
  body: nothing,
  answer: { form: "events", schema: buildLogViewSchema },
  status: 200,
  faults: [],
};

export const putBuildFiles: Route<never, Uint8Array, BuildFilesView> = {
  id: "templates.putFiles",
  method: "PUT",
  path: "/v1/build-files/{name}",
  role: "runner",
  summary: "Keep a tar archive, plain or packed, from which COPY steps take files",
  body: { form: "bytes", bytesMax: imageBytesMax },
  answer: json(buildFilesSchema),
  status: 200,
  faults: [],
};

export const pullImage: Route<never, PullBody, ImageView> = {
  id: "images.pull",
  method: "POST",
  path: "/v1/images",
  role: "runner",
  summary: "Read an image from its registry; layers that are kept already are not read again",
  body: json(pullSchema),
  answer: json(imageViewSchema),
  status: 200,
  faults: ["digest.mismatch", "provider.unavailable", "provider.denied"],
};

export const loadImage: Route<ImageQuery, Uint8Array, ImageView> = {
  id: "images.load",
  method: "PUT",
  path: "/v1/images",
  role: "runner",
  summary: "Keep an image that is brought as an OCI layout in a tar archive, under a name",
  query: imageQuerySchema,
  body: { form: "bytes", bytesMax: imageBytesMax },
  answer: json(imageViewSchema),
  status: 200,
  faults: ["digest.mismatch"],
};

export const listImages: Route<never, never, ImageListView> = {
  id: "images.list",
  method: "GET",
  path: "/v1/images",
  role: "viewer",
  summary: "The images that the project has pulled or brought",
  body: nothing,
  answer: json(imageListSchema),
  status: 200,
  faults: [],
};

export const deleteImage: Route<ImageQuery, never, Record<string, never>> = {
  id: "images.delete",
  method: "DELETE",
  path: "/v1/images",
  role: "runner",
  summary: "Forget an image; machines and templates that stand on it stay",
  query: imageQuerySchema,
  body: nothing,
  answer: nothing,
  status: 204,
  faults: [],
};

/** Every route of templates and images. */
export const templateRoutes: readonly Route[] = [
  buildTemplate,
  listTemplates,
  getTemplate,
  deleteTemplate,
  tagTemplate,
  listBuilds,
  getBuild,
  followBuild,
  putBuildFiles,
  pullImage,
  loadImage,
  listImages,
  deleteImage,
] as readonly Route[];
