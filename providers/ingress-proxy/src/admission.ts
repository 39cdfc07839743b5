import { hash, timingSafeEqual } from "node:crypto";
import type { IncomingMessage } from "node:http";
import { type IngressFault, probeHeaders, type RouteIndex } from "@bedplate/ingress";
import { type ScannedHeaders, scanHeaders } from "./header-scan.ts";
import type { LiveRoute } from "./live-route.ts";

/** What becomes of a request before any backend hears of it. */
export type Admission =
  | { readonly kind: "refused"; readonly fault: IngressFault }
  | { readonly kind: "probe"; readonly route: LiveRoute }
  | { readonly kind: "admitted"; readonly route: LiveRoute; readonly headers: ScannedHeaders };

/** What decides it. */
export interface AdmissionContext {
  readonly index: RouteIndex<LiveRoute>;
  readonly secret: Buffer;
  readonly headerBytesMax: number;
  readonly now: () => number;
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
  if (isProbe(request, context.secret)) return { kind: "probe", route };
  const fault = refusalOf(route, headers, context);
  return fault === null ? { kind: "admitted", route, headers } : refused(fault);
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
