import type { FaultKind } from "./fault.ts";

/** The HTTP status of each kind, for every HTTP surface. */
export const httpStatusOf: { readonly [K in FaultKind]: number } = {
  invalid: 400,
  unauthenticated: 401,
  denied: 403,
  not_found: 404,
  exists: 409,
  conflict: 409,
  precondition: 412,
  exhausted: 429,
  cancelled: 499,
  internal: 500,
  corrupt: 500,
  unsupported: 501,
  unavailable: 503,
  timeout: 504,
  incompatible: 505,
};
