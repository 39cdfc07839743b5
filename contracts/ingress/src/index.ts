export {
  CertificateFolder,
  type CertificateFolderOptions,
} from "./certificates/certificate-folder.ts";
export type { CertificatePem } from "./certificates/certificate-pem.ts";
export { DesiredRoutes, type DesiredRoutesOptions } from "./desired/desired-routes.ts";
export type { TableChange, TableRoute } from "./desired/route-table.ts";
export type {
  ApplyAnswer,
  BackendHealth,
  BackendSample,
  DesiredRoute,
  DrainCount,
  DriverDrain,
  Generation,
  GenerationCondition,
  IngressCapabilities,
  IngressDriver,
  IngressLimits,
  IngressReplica,
  RemoveAnswer,
} from "./ingress-driver.ts";
export {
  faultBody,
  faultHeader,
  type IngressFault,
  ingressFaults,
  shadowHeader,
  tokenHeader,
} from "./ingress-fault.ts";
export { ingressLimitsDefault, ingressServesNothing } from "./ingress-limits.ts";
export {
  type ChangeOptions,
  type DrainRequest,
  IngressProvider,
  type IngressProviderOptions,
  type RoutePage,
  type RouteStatus,
  type ServedOptions,
  type Waiting,
} from "./ingress-provider.ts";
export { lentDriver } from "./lent-driver.ts";
export { normaliseHost, normalisePrefix } from "./matching/request-place.ts";
export {
  type IndexedRoute,
  matchKey,
  type RequestPlace,
  RouteIndex,
} from "./matching/route-index.ts";
export { type HostTls, TlsHosts, type TlsRoute } from "./matching/tls-hosts.ts";
export { probeHeaders } from "./probe.ts";
export type { ListRequest } from "./route-page.ts";
export type {
  Backend,
  Endpoint,
  RetryCause,
  RouteAccess,
  RouteLimits,
  RouteMatch,
  RouteMirror,
  RouteRequest,
  RouteRetries,
  RouteSpec,
  RouteStickiness,
  RouteTls,
} from "./route-spec.ts";
