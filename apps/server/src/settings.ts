// What a program needs that has not opened a server yet: its configuration and which providers
// there are, without what it is made of: to load this takes little time.
export { type ServerConfig, serverConfigSchema } from "./config.ts";
export { allProviders, providerContracts } from "./providers/provider-catalog.ts";
export { type ProviderUrls, providerUrls } from "./providers/provider-urls.ts";
export {
  type ConfigSources,
  checkConfig,
  configVariables,
  maskConfig,
  readConfig,
} from "./read-config.ts";
export { serverVersion } from "./version.ts";
