import type { IncomingHttpHeaders } from "node:http";
import { raise } from "@bedplate/errors";
import type { Call } from "../../call.ts";

/** Writes a call as headers. Texts are percent-encoded: a header holds no line ends. */
export function toHeaders(call: Call, now: number): Readonly<Record<string, string>> {
  const { deadlineAt, principal, trace, key, critical } = call;
  const leftMs = Math.ceil(deadlineAt - now);
  return {
    "connect-protocol-version": "1",
    // The protocol allows ten digits; a deadline further away is none.
    ...(leftMs < 1e10 && { "connect-timeout-ms": String(Math.max(0, leftMs)) }),
    "bedplate-deadline-at": String(deadlineAt),
    "bedplate-principal": encodeURIComponent(principal),
    ...(trace !== "" && { traceparent: encodeURIComponent(trace) }),
    ...(key !== undefined && { "idempotency-key": encodeURIComponent(key) }),
    ...(critical !== undefined && {
      "bedplate-critical": critical.map(encodeURIComponent).join(","),
    }),
  };
}

/** Longest text in a header, decoded, in characters. */
const headerCharactersMax = 512;

/** Reads a call from headers; one without a deadline gets the protocol's timeout, or none. */
export function fromHeaders(headers: IncomingHttpHeaders, signal: AbortSignal, now: number): Call {
  const key = headers["idempotency-key"];
  const critical = headers["bedplate-critical"];
  return {
    signal,
    deadlineAt: deadlineOf(headers, now),
    principal: decode(headers["bedplate-principal"]) ?? "",
    trace: decode(headers["traceparent"]) ?? "",
    ...(key !== undefined && { key: decode(key) ?? "" }),
    ...(critical !== undefined && {
      critical: String(critical)
        .split(",")
        .map((each) => decode(each) ?? ""),
    }),
  };
}

function deadlineOf(headers: IncomingHttpHeaders, now: number): number {
  const at = Number(headers["bedplate-deadline-at"] ?? Number.NaN);
  if (Number.isFinite(at)) return at;
  const leftMs = Number(headers["connect-timeout-ms"] ?? Number.NaN);
  return Number.isFinite(leftMs) ? now + leftMs : Number.MAX_SAFE_INTEGER;
}

function decode(header: string | readonly string[] | undefined): string | undefined {
  if (header === undefined) return undefined;
  try {
    return decodeURIComponent(String(header)).slice(0, headerCharactersMax);
  } catch (cause) {
    throw raise("argument.invalid", {
      op: "wire.receive",
      detail: { path: "/call", rule: "percent-encoding" },
      message: "Cannot read the call: a header is not percent-encoded",
      cause,
    });
  }
}
