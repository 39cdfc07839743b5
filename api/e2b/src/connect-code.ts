import { type Fault, type FaultKind, toFault } from "@bedplate/errors";
import { Code, ConnectError } from "@connectrpc/connect";

/**
 * The Connect code of each kind of fault. The words are the protocol's own: what an environment does not
 * declare is refused as `capability.undeclared`, kind `unsupported`, for which Connect has the code 12.
 */
const codeOf: { readonly [K in FaultKind]: Code } = {
  invalid: Code.InvalidArgument,
  not_found: Code.NotFound,
  exists: Code.AlreadyExists,
  precondition: Code.FailedPrecondition,
  conflict: Code.Aborted,
  denied: Code.PermissionDenied,
  unauthenticated: Code.Unauthenticated,
  exhausted: Code.ResourceExhausted,
  timeout: Code.DeadlineExceeded,
  cancelled: Code.Canceled,
  unavailable: Code.Unavailable,
  unsupported: Code.Unimplemented,
  incompatible: Code.FailedPrecondition,
  corrupt: Code.DataLoss,
  internal: Code.Internal,
};

/** What went wrong, as a Connect client reads it. The inside of a bug stays inside. */
export function asConnectError(thrown: unknown, op: string): ConnectError {
  if (thrown instanceof ConnectError) return thrown;
  const fault = toFault(thrown, op);
  return new ConnectError(visibleMessage(fault), codeOf[fault.kind]);
}

/** The message of a fault, as it may be told outside. */
export function visibleMessage(fault: Fault): string {
  if (fault.code !== "internal.bug") return fault.message;
  return "Cannot finish the request: a fault inside the server";
}
