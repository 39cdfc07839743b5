import { type Fault, FaultError, type FaultKind, toFault } from "@bedplate/errors";
import { faultSchema } from "../value-schemas.ts";

/**
 * How the Connect protocol names the kinds of faults, and the HTTP status of each (unary answers). The
 * words are the protocol's own: an ability that is not declared is refused as `capability.undeclared`
 * and the like, kind `unsupported`, for which the protocol has the code 12 and this word.
 */
const codes: { readonly [K in FaultKind]: readonly [code: string, status: number] } = {
  invalid: ["invalid_argument", 400],
  not_found: ["not_found", 404],
  exists: ["already_exists", 409],
  precondition: ["failed_precondition", 400],
  conflict: ["aborted", 409],
  denied: ["permission_denied", 403],
  unauthenticated: ["unauthenticated", 401],
  exhausted: ["resource_exhausted", 429],
  timeout: ["deadline_exceeded", 504],
  cancelled: ["canceled", 499],
  unavailable: ["unavailable", 503],
  unsupported: ["unimplemented", 501],
  incompatible: ["failed_precondition", 400],
  corrupt: ["data_loss", 500],
  internal: ["internal", 500],
};

const faultType = "bedplate.environment.v1.Fault";

/** An error as the Connect protocol writes it; the fault itself is its one detail. */
export interface ConnectError {
  readonly code: string;
  readonly message: string;
  readonly details?: readonly {
    readonly type: string;
    readonly value: string;
    readonly debug?: unknown;
  }[];
}

/** Writes what was thrown. */
export function toConnectError(
  thrown: unknown,
  op: string,
): { readonly status: number; readonly error: ConnectError } {
  const fault = toFault(thrown, op);
  const [code, status] = codes[fault.kind];
  const value = Buffer.from(JSON.stringify(fault)).toString("base64");
  const details = [{ type: faultType, value, debug: fault }];
  return { status, error: { code, message: fault.message, details } };
}

/** Reads an error; one without a fault in it is named by its code, and handled by its kind. */
export function fromConnectError(error: unknown, op: string): FaultError {
  const { code, message, details } = (error ?? {}) as Partial<ConnectError>;
  const found = details?.find?.((each) => each?.type === faultType)?.debug;
  if (faultSchema.accepts(found)) return new FaultError(found);
  const name = typeof code === "string" && /^[a-z_]{1,32}$/.test(code) ? code : "unknown";
  const kinds = Object.entries(codes) as [FaultKind, readonly [string, number]][];
  const kind = kinds.find(([, [each]]) => each === name)?.[0] ?? "internal";
  const fault: Fault = {
    code: `x.connect.${name}`,
    kind,
    effect: "unknown",
    retry: kind === "unavailable" ? "backoff" : "never",
    blame: "plugin",
    op,
    detail: {},
    message: typeof message === "string" ? message.slice(0, 512) : `Cannot finish ${op}`,
    causes: [],
  };
  return new FaultError(fault);
}
