export type {
  ContainerConfig,
  HostFolderMount,
  MachineConfig,
} from "./config.ts";
export { type HostFacts, readHostFacts } from "./host/host-facts.ts";
export {
  type ContainerDeclares,
  containerManifest,
  type GvisorDeclares,
  gvisorManifest,
} from "./manifest.ts";
export { containerPlugin, gvisorPlugin } from "./plugin.ts";
