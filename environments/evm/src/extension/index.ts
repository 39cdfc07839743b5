export {
  checkExtensions,
  type ExtensionPrecompile,
  extensionField,
  extensionsMax,
  grantedExtensions,
} from "./extension-precompile.ts";
export { mlDsa65, mlDsa65Gas } from "./ml-dsa-65.ts";
