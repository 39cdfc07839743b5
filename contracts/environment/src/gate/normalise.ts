import { FaultError, raise } from "@bedplate/errors";

/**
 * Turns whatever a driver threw into a fault. Aborts pass through as the signal's own reason; a
 * value that is no fault is the plug-in's bug.
 */
export function normaliseError(error: unknown, op: string, signal: AbortSignal): unknown {
  if (error instanceof FaultError) return error;
  if (signal.aborted && error === signal.reason) return error;
  return raise("internal.bug", {
    op,
    detail: { where: op },
    blame: "plugin",
    message: `Cannot finish ${op}: the environment threw ${error instanceof Error ? error.name : typeof error}`,
    cause: error,
  });
}
