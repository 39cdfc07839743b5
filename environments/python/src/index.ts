export { buildDigest } from "./host/build-facts.ts";
export {
  memoryBytesDefault,
  memoryBytesMax,
  type PythonConfig,
  type PythonDeclares,
  type PythonInstanceConfig,
  pythonManifest,
} from "./host/python-manifest.ts";
export { pythonPlugin } from "./host/python-plugin.ts";
