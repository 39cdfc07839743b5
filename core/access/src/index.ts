export type { AccessModules } from "./access-modules.ts";
export { type ApiKey, apiKeySchema, keyTextPattern } from "./api-key.ts";
export { Keys, keyCacheMs, type NewApiKey } from "./keys.ts";
export {
  type Project,
  projectIdPattern,
  projectSchema,
  type Quota,
  quotaSchema,
  standardQuota,
} from "./project.ts";
export { Projects } from "./projects.ts";
export { demandRole, type Principal, type Role, roles } from "./role.ts";
