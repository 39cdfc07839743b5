export { firstProject } from "./admin-key.ts";
export {
  type EnvironmentConfig,
  type MountKind,
  type ServerConfig,
  serverConfigSchema,
} from "./config.ts";
export { type ListeningE2b, listenE2b } from "./e2b/listen-e2b.ts";
export { type CatalogEntry, catalog, type MissingSlot } from "./environments/catalog.ts";
export { type ConformOptions, conformEnvironment } from "./environments/conform.ts";
export type { SubjectSource } from "./environments/load-subject.ts";
export { listCode } from "./list-code.ts";
export { type Listening, listen } from "./listen.ts";
export { type BedplateAgent, type OpenAgentOptions, openAgent } from "./open-agent.ts";
export { type BedplateServer, type OpenServerOptions, openLog, openServer } from "./open-server.ts";
export { type ConformProviderOptions, conformProvider } from "./providers/conform-provider.ts";
export type { CopyProgress } from "./providers/copy-progress.ts";
export {
  type CopyProvidersOptions,
  type CopyReport,
  type CopySide,
  copyProviders,
} from "./providers/copy-providers.ts";
export {
  allProviders,
  contractsOf,
  type Drivers,
  findProvider,
  providerContracts,
} from "./providers/provider-catalog.ts";
export { type ProviderUrls, providerUrls } from "./providers/provider-urls.ts";
export {
  type ConfigSources,
  checkConfig,
  configVariables,
  maskConfig,
  readConfig,
} from "./read-config.ts";
export { openTelemetry, type Telemetry } from "./telemetry.ts";
export { serverVersion } from "./version.ts";
