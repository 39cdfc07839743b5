import { type FaultKind, httpStatusOf, toFault } from "@bedplate/errors";
import { visibleMessage } from "./connect-code.ts";

/** The body of every answer that is an error, of the control API and of a sandbox's own routes. */
export interface ApiError {
  /** The HTTP status once more. */
  readonly code: number;
  readonly message: string;
}

/** Statuses for which E2B's clients have another meaning than our own API. */
const otherStatus: { readonly [K in FaultKind]?: number } = {
  precondition: 409,
  incompatible: 409,
  timeout: 503,
};

/** A status and its body. */
export function apiErrorOf(thrown: unknown, op: string): ApiError {
  const fault = toFault(thrown, op);
  const code = otherStatus[fault.kind] ?? httpStatusOf[fault.kind];
  return { code, message: visibleMessage(fault) };
}

/** An error as an answer. */
export function errorResponse({ code, message }: ApiError): Response {
  return Response.json({ code, message }, { status: code });
}
