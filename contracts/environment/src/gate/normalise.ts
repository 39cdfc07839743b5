import { type Fault, FaultError, faultTextMax, raise } from "@bedplate/errors";

/**
 * Turns whatever a driver threw into a fault. Aborts pass through as the signal's own reason; a
 * value that is no fault is the plug-in's bug; texts longer than a fault may hold are cut.
 */
export function normaliseError(error: unknown, op: string, signal: AbortSignal): unknown {
  if (error instanceof FaultError) return isTooLong(error.fault) ? cutFault(error) : error;
  if (signal.aborted && error === signal.reason) return error;
  // Its text may quote the guest, so its name is all that the fault says.
  const name = error instanceof Error ? error.name : typeof error;
  const { fault } = raise("internal.bug", {
    op,
    detail: { where: op },
    blame: "plugin",
    message: `Cannot finish ${op}: the environment threw ${name}`,
  });
  return new FaultError(fault, { cause: error });
}

function isTooLong(fault: Fault): boolean {
  return [fault.message, ...Object.values(fault.detail)].some(
    (each) => typeof each === "string" && each.length > faultTextMax,
  );
}

function cutFault(error: FaultError): FaultError {
  const { fault } = error;
  const detail = Object.fromEntries(
    Object.entries(fault.detail).map(([name, each]) => [
      name,
      typeof each === "string" ? cut(each) : each,
    ]),
  );
  return new FaultError({ ...fault, message: cut(fault.message), detail }, { cause: error });
}

function cut(text: string): string {
  return text.length <= faultTextMax ? text : `${text.slice(0, faultTextMax - 1)}…`;
}
