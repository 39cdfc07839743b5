export { firstProject } from "./admin-key.ts";
export {
  type EnvironmentConfig,
  type MountKind,
  type ServerConfig,
  serverConfigSchema,
} from "./config.ts";
export { type CatalogEntry, catalog, type MissingSlot } from "./environments/catalog.ts";
export { type ConformOptions, conformEnvironment } from "./environments/conform.ts";
export type { SubjectSource } from "./environments/load-subject.ts";
export { type Listening, listen } from "./listen.ts";
export { type BedplateServer, type OpenServerOptions, openLog, openServer } from "./open-server.ts";
export {
  type ConfigSources,
  checkConfig,
  configVariables,
  maskConfig,
  readConfig,
} from "./read-config.ts";
export { openTelemetry, type Telemetry } from "./telemetry.ts";
export { serverVersion } from "./version.ts";
