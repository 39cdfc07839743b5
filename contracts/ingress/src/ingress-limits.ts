import type { IngressCapabilities, IngressLimits } from "./ingress-driver.ts";

/** Limits of drivers that have no narrower ones of their own. */
export const ingressLimitsDefault: IngressLimits = {
  routesMax: 100_000,
  backendsMax: 32,
  endpointsMax: 64,
  pageMax: 1_000,
  drainMsMax: 3_600_000,
  headerBytesMax: 16 * 1024,
  mirrorBodyBytesMax: 64 * 1024,
};

/** Capabilities of a driver that records routes and serves none. */
export const ingressServesNothing: IngressCapabilities = {
  protocols: [],
  weightTolerance: 1,
  convergeMs: 0,
  healMs: 0,
  durable: false,
  timeoutCovers: "head",
  bodyLimit: "any-body",
  lengthConflict: "refused",
  matchMethods: true,
  matchHeaders: true,
  retries: [],
  mirror: false,
  sticky: [],
  rateLimit: false,
  access: false,
  tls: false,
};
