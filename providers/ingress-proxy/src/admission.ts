import { hash, timingSafeEqual } from "node:crypto";
import type { IncomingMessage } from "node:http";
import { type IngressFault, probeHeaders, type RouteIndex } from "@bedplate/ingress";
import type { CertificateContexts } from "./certificate-contexts.ts";
import { type ScannedHeaders, scanHeaders } from "./header-scan.ts";
import type { LiveRoute } from "./live-route.ts";
import { judgeTls, secureLocation } from "./tls-admission.ts";

/** What becomes of a request before any backend hears of it. */
export type Admission =
  | { readonly kind: "refused"; readonly fault: IngressFault }
  /** The client is sent to the same place over TLS. */
  | { readonly kind: "redirected"; readonly location: string }
  /** The connection ends without an answer. */
  | { readonly kind: "ended" }
  | { readonly kind: "probe"; readonly route: LiveRoute }
  | { readonly kind: "admitted"; readonly route: LiveRoute; readonly headers: ScannedHeaders };

/** What decides it. */
export interface AdmissionContext {
  readonly index: RouteIndex<LiveRoute>;
  readonly secret: Buffer;
  readonly headerBytesMax: number;
  readonly now: () => number;
  /** Absent: there is no TLS. */
  readonly certificates?: CertificateContexts | undefined;
  /** Where clients reach TLS. */
  readonly publicTlsPort: () => number;
}

/** Finds the route of a request, and refuses what may not reach its backends. */
export function admit(request: IncomingMessage, context: AdmissionContext): Admission {
  const { url: target = "", method = "GET", rawHeaders } = request;
  const headers = scanHeaders(rawHeaders);
  // A target that is no path names a host of its own, and so may contradict the header.
  if (headers === null || !target.startsWith("/")) return refused("malformed-request");
  if (headers.bytes > context.headerBytesMax) return refused("headers-too-long");
  const { host } = headers;
  const header = (name: string) => headerOf(request, name);
  const route = context.index.find({ host, target, method, header });
  if (route === "ambiguous") return refused("malformed-request");
  if (route === null) return refused("no-route");
  const connected = connectedAdmission(request, { ...context, route, host });
  if (connected !== null) return connected;
  if (isProbe(request, context.secret)) return { kind: "probe", route };
  const fault = refusalOf(route, headers, context);
  return fault === null ? { kind: "admitted", route, headers } : refused(fault);
}

/** What is decided by how the client is connected, before anything else of its route counts. */
function connectedAdmission(
  request: IncomingMessage,
  { certificates, publicTlsPort, route, host }: ConnectedContext,
): Admission | null {
  const verdict = judgeTls(request, { host, route, contexts: certificates });
  if (verdict === null) return null;
  if (verdict === "ended") return { kind: "ended" };
  if (verdict === "misdirected") return refused("misdirected-request");
  const location = secureLocation(host, { target: request.url ?? "/", port: publicTlsPort() });
  return location === null ? refused("malformed-request") : { kind: "redirected", location };
}

interface ConnectedContext extends AdmissionContext {
  readonly route: LiveRoute;
  readonly host: string;
}

function refused(fault: IngressFault): Admission {
  return { kind: "refused", fault };
}

function refusalOf(
  route: LiveRoute,
  { bytes, bodyBytes, token }: ScannedHeaders,
  { now }: AdmissionContext,
): IngressFault | null {
  const { limits } = route.spec;
  if (route.digests.length > 0 && !isAllowed(route, token)) return "no-access";
  if (bytes > (limits?.headerBytesMax ?? bytes)) return "headers-too-long";
  if ((bodyBytes ?? 0) > (limits?.bodyBytesMax ?? Number.POSITIVE_INFINITY)) {
    return "body-too-long";
  }
  if (route.window?.take(now()) === false) return "too-many-requests";
  return null;
}

function isAllowed({ digests }: LiveRoute, token: string | undefined): boolean {
  if (token === undefined) return false;
  const digest = hash("sha256", token, "buffer");
  return digests.some((each) => timingSafeEqual(each, digest));
}

function isProbe({ rawHeaders }: IncomingMessage, secret: Buffer): boolean {
  // Nearly no request has the header: look for it without making an object of all headers.
  for (let i = 0; i < rawHeaders.length; i += 2) {
    if (rawHeaders[i]?.toLowerCase() !== probeHeaders.secret) continue;
    const given = Buffer.from(rawHeaders[i + 1] ?? "");
    return given.length === secret.length && timingSafeEqual(given, secret);
  }
  return false;
}

function headerOf({ headers }: IncomingMessage, name: string): string | undefined {
  const value = headers[name];
  return Array.isArray(value) ? value.join(", ") : value;
}
