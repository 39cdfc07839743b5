import {
  type ArtifactView,
  artifactViewSchema,
  type BindBody,
  type BindingView,
  bindingViewSchema,
  bindSchema,
  type CodeListingView,
  codeListingSchema,
  type EnvironmentListView,
  type EnvironmentView,
  type EventPageView,
  environmentListSchema,
  environmentViewSchema,
  eventPageSchema,
  type PageQuery,
  type PolicyView,
  pageQuerySchema,
  policyViewSchema,
  type RegisterBody,
  type ReleaseView,
  type RetireBody,
  registerSchema,
  releaseListSchema,
  releaseViewSchema,
  retireSchema,
  type SwapBody,
  swapSchema,
  type UnbindQuery,
  unbindQuerySchema,
} from "./platform-views.ts";
import { json, nothing, type Route } from "./route.ts";

/** The largest artifact that one request brings, in bytes. */
export const artifactBytesMax: number = 256 * 2 ** 20;

export const putArtifact: Route<never, Uint8Array, ArtifactView> = {
  id: "artifacts.put",
  method: "POST",
  path: "/v1/artifacts",
  role: "runner",
  summary: "Store an artifact under its digest; storing the same again does nothing",
  body: { form: "bytes", bytesMax: artifactBytesMax },
  answer: json(artifactViewSchema),
  status: 201,
  faults: [],
};

export const getArtifact: Route<never, never, Uint8Array> = {
  id: "artifacts.get",
  method: "GET",
  path: "/v1/artifacts/{digest}",
  role: "viewer",
  summary: "The bytes of an artifact",
  body: nothing,
  answer: { form: "bytes", bytesMax: artifactBytesMax },
  status: 200,
  faults: [],
};

export const listEnvironments: Route<never, never, EnvironmentListView> = {
  id: "environments.list",
  method: "GET",
  path: "/v1/environments",
  role: "viewer",
  summary: "What is mounted on this host, and what is not and why",
  body: nothing,
  answer: json(environmentListSchema),
  status: 200,
  faults: [],
};

export const getEnvironment: Route<never, never, EnvironmentView> = {
  id: "environments.get",
  method: "GET",
  path: "/v1/environments/{slot}",
  role: "viewer",
  summary: "What a slot stands for",
  body: nothing,
  answer: json(environmentViewSchema),
  status: 200,
  faults: [],
};

export const decodeArtifact: Route<never, Uint8Array, CodeListingView> = {
  id: "environments.decode",
  method: "POST",
  path: "/v1/environments/{slot}/decode",
  role: "viewer",
  summary: "Disassemble an artifact: instructions, basic blocks, costs",
  body: { form: "bytes", bytesMax: 16 * 2 ** 20 },
  answer: json(codeListingSchema),
  status: 200,
  faults: ["capability.undeclared"],
};

export const listReleases: Route<never, never, { readonly releases: readonly ReleaseView[] }> = {
  id: "releases.list",
  method: "GET",
  path: "/v1/releases",
  role: "viewer",
  summary: "Every release on record",
  body: nothing,
  answer: json(releaseListSchema),
  status: 200,
  faults: [],
};

export const registerRelease: Route<never, RegisterBody, ReleaseView> = {
  id: "releases.register",
  method: "POST",
  path: "/v1/releases",
  role: "admin",
  summary: "Register a plug-in from the host's files, where the configuration allows it",
  body: json(registerSchema),
  answer: json(releaseViewSchema),
  status: 201,
  faults: [
    "digest.mismatch",
    "signature.invalid",
    "contract.incompatible",
    "dependency.missing",
    "dependency.cycle",
    "resource.exists",
    "plugin.crashed",
  ],
};

export const retireRelease: Route<never, RetireBody, Record<string, never>> = {
  id: "releases.retire",
  method: "POST",
  path: "/v1/releases/{name}/{version}/retire",
  role: "admin",
  summary: "End a release that no slot stands for",
  body: json(retireSchema),
  answer: nothing,
  status: 204,
  faults: ["resource.busy"],
};

export const bindSlot: Route<never, BindBody, BindingView> = {
  id: "slots.bind",
  method: "PUT",
  path: "/v1/slots/{slot}",
  role: "admin",
  summary: "Bind a new slot to a release; one that is bound is swapped",
  body: json(bindSchema),
  answer: json(bindingViewSchema),
  status: 200,
  faults: ["resource.exists", "capability.unproven", "digest.mismatch", "plugin.crashed"],
};

export const unbindSlot: Route<UnbindQuery, never, Record<string, never>> = {
  id: "slots.unbind",
  method: "DELETE",
  path: "/v1/slots/{slot}",
  role: "admin",
  summary: "Take a slot away; old work ends where it is",
  query: unbindQuerySchema,
  body: nothing,
  answer: nothing,
  status: 204,
  faults: ["version.mismatch"],
};

export const swapSlot: Route<never, SwapBody, BindingView> = {
  id: "slots.swap",
  method: "POST",
  path: "/v1/slots/{slot}/swap",
  role: "admin",
  summary: "Bind a slot to another release; old work ends where it is",
  body: json(swapSchema),
  answer: json(bindingViewSchema),
  status: 200,
  faults: ["version.mismatch", "capability.unproven"],
};

export const getPolicy: Route<never, never, PolicyView> = {
  id: "slots.policy",
  method: "GET",
  path: "/v1/slots/{slot}/policy",
  role: "viewer",
  summary: "What a slot demands and allows",
  body: nothing,
  answer: json(policyViewSchema),
  status: 200,
  faults: [],
};

export const putPolicy: Route<never, PolicyView, PolicyView> = {
  id: "slots.setPolicy",
  method: "PUT",
  path: "/v1/slots/{slot}/policy",
  role: "admin",
  summary: "Change what a slot demands and allows",
  body: json(policyViewSchema),
  answer: json(policyViewSchema),
  status: 200,
  faults: ["version.mismatch"],
};

export const listJournal: Route<PageQuery, never, EventPageView> = {
  id: "journal.list",
  method: "GET",
  path: "/v1/journal",
  role: "viewer",
  summary: "Transitions of releases, slots and policies, oldest first",
  query: pageQuerySchema,
  body: nothing,
  answer: json(eventPageSchema),
  status: 200,
  faults: [],
};
