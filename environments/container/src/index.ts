export {
  type ContainerConfig,
  type MachineConfig,
  type VolumeMount,
} from "./config.ts";
export { type HostFacts, readHostFacts } from "./host/host-facts.ts";
export { type ContainerDeclares, containerManifest } from "./manifest.ts";
export { containerPlugin } from "./plugin.ts";
