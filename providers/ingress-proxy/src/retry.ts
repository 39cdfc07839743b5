import type { IncomingMessage } from "node:http";
import type { RetryCause } from "@bedplate/ingress";
import type { RequestBody } from "./request-body.ts";

const idempotent = new Set(["GET", "HEAD", "OPTIONS", "PUT", "DELETE", "TRACE"]);

/** True when a request that was sent may be sent again: it repeats no effect, and its body is there. */
export function canRepeat(
  { method = "", headers }: IncomingMessage,
  body: RequestBody | null,
): boolean {
  const isIdempotent = idempotent.has(method) || headers["idempotency-key"] !== undefined;
  return isIdempotent && (body === null || body.isRepeatable);
}

/** The cause that a status is, if it is one. */
export function retryCauseOf(status: number): RetryCause | null {
  if (status === 502) return "502";
  return status === 503 ? "503" : null;
}
