import { hostOperations, pluginOperations } from "./operation-table.ts";
import type { HostOperation, PluginOperation } from "./operations.ts";

/** Longest operation name that is repeated in a fault. */
const nameCharactersMax = 64;

/** The `op` of a fault: the same words that the gate uses where there is no wire. */
export function operationName(operation: string): string {
  if (Object.hasOwn(hostOperations, operation))
    return `host.${lowerFirst(operation as HostOperation)}`;
  if (!Object.hasOwn(pluginOperations, operation)) {
    return `wire.${operation.slice(0, nameCharactersMax)}`;
  }
  if (operation === "Assess" || operation === "Check")
    return `environment.${lowerFirst(operation)}`;
  const { facet } = pluginOperations[operation as PluginOperation];
  if (facet !== undefined) return `instance.${facet}`;
  const isOfInstance = ["Start", "Status", "Stop", "Release"].includes(operation);
  return `${isOfInstance ? "instance" : "environment"}.${lowerFirst(operation)}`;
}

function lowerFirst(text: string): string {
  return `${text.charAt(0).toLowerCase()}${text.slice(1)}`;
}
