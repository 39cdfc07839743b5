export type { BuildStep } from "./build-step.ts";
export { buildStepType } from "./build-step.ts";
export type { PulledImage } from "./image.ts";
export { ImageService } from "./image-service.ts";
export { templateBlobReferences } from "./kept-roots.ts";
export {
  parseRootReference,
  type RootReference,
  tagDefault,
  tagPattern,
  templateNamePattern,
} from "./root-reference.ts";
export type { ResolvedRoot } from "./root-resolver.ts";
export {
  type Build,
  type BuildFailure,
  type BuildLogEntry,
  type BuildPhase,
  type BuildPlan,
  buildSchema,
  type StartPlan,
  type Template,
} from "./template.ts";
export { filesBytesMax, logPageMax, stepsMax } from "./template-limits.ts";
export { type BuildPlanRequest, type BuildRequest, TemplateService } from "./template-service.ts";
export type { ArtifactShelf, TemplateLimits, TemplatesModules } from "./templates-modules.ts";
