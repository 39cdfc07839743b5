/**
 * Why the data plane answered in place of a backend, as the header `x-fault` says it: a caller can
 * tell a host that is not there from a backend that is ill.
 */
export type IngressFault =
  | "malformed-request"
  | "no-access"
  | "no-route"
  | "request-timeout"
  | "length-required"
  | "misdirected-request"
  | "body-too-long"
  | "headers-too-long"
  | "too-many-requests"
  | "backend-failed"
  | "no-backend"
  | "backend-timeout";

/** The header that names the fault. */
export const faultHeader = "x-fault";

/** The header, and the cookie, that brings a route's token; no backend sees it. */
export const tokenHeader = "x-bedplate-token";

/** Marks a mirrored request. */
export const shadowHeader = "x-shadow";

/** Status and sentence of each fault. */
export const ingressFaults: Readonly<
  Record<IngressFault, { readonly status: number; readonly message: string }>
> = {
  "malformed-request": { status: 400, message: "Cannot read the request: it is malformed" },
  "no-access": { status: 401, message: "Cannot open the route: the token is missing or wrong" },
  "no-route": { status: 404, message: "Cannot find a route: none has this host and path" },
  "request-timeout": { status: 408, message: "Cannot wait for the request: it takes too long" },
  "length-required": { status: 411, message: "Cannot take the body: its length is not declared" },
  "body-too-long": { status: 413, message: "Cannot take the body: it is too long" },
  "misdirected-request": {
    status: 421,
    message: "Cannot serve the host here: its connection has another certificate",
  },
  "headers-too-long": { status: 431, message: "Cannot take the headers: they are too long" },
  "too-many-requests": { status: 429, message: "Cannot take the request: the route is busy" },
  "backend-failed": { status: 502, message: "Cannot reach the backend: it broke off" },
  "no-backend": { status: 503, message: "Cannot reach a backend: none is healthy" },
  "backend-timeout": { status: 504, message: "Cannot wait for the backend: it takes too long" },
};

/** The body of such an answer. */
export function faultBody(fault: IngressFault): string {
  return `${JSON.stringify({ fault, message: ingressFaults[fault].message })}\n`;
}
