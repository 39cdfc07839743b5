import type { Clock } from "@bedplate/clock";
import { systemClock, systemRandom } from "@bedplate/clock";
import { raise } from "@bedplate/errors";
import {
  type ApplyAnswer,
  type BackendHealth,
  type BackendSample,
  CertificateFolder,
  type DesiredRoute,
  DesiredRoutes,
  type DrainCount,
  type DriverDrain,
  type GenerationCondition,
  type IngressCapabilities,
  type IngressDriver,
  type IngressLimits,
  type IngressReplica,
  ingressLimitsDefault,
  type RemoveAnswer,
  RouteIndex,
  type RouteSpec,
  type TableChange,
  type TableRoute,
} from "@bedplate/ingress";
import { type Log, silentLog } from "@bedplate/telemetry";
import { CertificateContexts } from "./certificate-contexts.ts";
import { DataPlane } from "./data-plane.ts";
import { connectMsMax, EndpointHealth, tryEveryMs } from "./endpoint-health.ts";
import { healthOf, type LiveRoute, makeLiveRoute, newRouteState } from "./live-route.ts";
import { Upstream } from "./upstream.ts";

/** How the proxy listens and what it keeps. */
export interface ProxyIngressOptions {
  /** Default: 127.0.0.1. */
  readonly host?: string | undefined;
  /** Default: one that is free. */
  readonly port?: number | undefined;
  /** Where routes with TLS are served, with the certificates of the folder; both or none. */
  readonly tls?: ProxyTlsOptions | undefined;
  /** File that the routes survive in. Absent: they end with the process. */
  readonly journalPath?: string | undefined;
  /** Default: 10,000. */
  readonly headersMs?: number | undefined;
  /** Default: 1,000. */
  readonly graceMs?: number | undefined;
  readonly limits?: Partial<IngressLimits> | undefined;
  readonly clock?: Clock | undefined;
  readonly log?: Log | undefined;
}

/** How the proxy ends TLS. */
export interface ProxyTlsOptions {
  /** Default: one that is free. */
  readonly port?: number | undefined;
  /** Where clients reach that port, if it is mapped; plain requests are sent there. */
  readonly publicPort?: number | undefined;
  /** Folder of `<name>.pem` files: a chain and its key each. */
  readonly certificates: string;
}

/** The proxy as a driver, and where it listens. */
export interface ProxyIngressDriver extends IngressDriver {
  readonly origin: URL;
  /** Absent where it ends no TLS. */
  readonly tlsPort: number | undefined;
}

/** Opens a proxy in this process. */
export async function openProxyIngress(
  options: ProxyIngressOptions = {},
): Promise<ProxyIngressDriver> {
  return await ProxyIngress.open(options);
}

const capabilities: Omit<IngressCapabilities, "durable" | "tls"> = {
  protocols: ["http1", "websocket"],
  weightTolerance: 0.01,
  convergeMs: 1_000,
  healMs: 2 * (connectMsMax + tryEveryMs),
  timeoutCovers: "head",
  bodyLimit: "any-body",
  lengthConflict: "refused",
  matchMethods: true,
  matchHeaders: true,
  retries: ["connect", "502", "503"],
  mirror: true,
  sticky: ["cookie", "header"],
  rateLimit: true,
  access: true,
};

class ProxyIngress implements ProxyIngressDriver {
  readonly limits: IngressLimits;
  readonly capabilities: IngressCapabilities;
  readonly #host: string;
  readonly #index = new RouteIndex<LiveRoute>();
  readonly #live = new Map<string, LiveRoute>();
  readonly #health = new EndpointHealth();
  readonly #upstream = new Upstream();
  readonly #secret = Buffer.from(systemRandom.bytes(32)).toString("hex");
  readonly #certificates: CertificateContexts | undefined;
  #folder: CertificateFolder | undefined;
  #desired!: DesiredRoutes;
  #plane!: DataPlane;

  private constructor({ host = "127.0.0.1", journalPath, limits, tls }: ProxyIngressOptions) {
    this.#host = host;
    this.#certificates = tls && new CertificateContexts();
    this.limits = { ...ingressLimitsDefault, ...limits };
    this.capabilities = {
      ...capabilities,
      durable: journalPath !== undefined,
      tls: tls !== undefined,
    };
  }

  static async open(options: ProxyIngressOptions): Promise<ProxyIngress> {
    const ingress = new ProxyIngress(options);
    try {
      await ingress.#start(options);
    } catch (error) {
      await ingress[Symbol.asyncDispose]();
      throw error;
    }
    return ingress;
  }

  get origin(): URL {
    const host = this.#host.includes(":") ? `[${this.#host}]` : this.#host;
    return new URL(`http://${host}:${this.#plane.port}`);
  }

  get tlsPort(): number | undefined {
    return this.#plane.tlsPort;
  }

  async apply(spec: RouteSpec, condition: GenerationCondition): Promise<ApplyAnswer> {
    const { certificate } = spec.tls ?? {};
    if (certificate !== undefined && !(await this.#folder?.has(certificate))) {
      return { kind: "certificate" };
    }
    return await this.#desired.apply(spec, condition);
  }

  remove(name: string, condition: GenerationCondition): Promise<RemoveAnswer> {
    return this.#desired.remove(name, condition);
  }

  get(name: string): Promise<DesiredRoute | null> {
    return this.#desired.get(name);
  }

  list(range: {
    readonly after: string | null;
    readonly limit: number;
  }): Promise<readonly DesiredRoute[]> {
    return this.#desired.list(range);
  }

  async replicas(): Promise<readonly IngressReplica[]> {
    const host = reachable(this.#host);
    const { port, tlsPort } = this.#plane;
    const tls = tlsPort === undefined ? undefined : { host, port: tlsPort };
    return [{ id: "proxy", at: { host, port }, tls, secret: this.#secret }];
  }

  async health(name: string): Promise<Readonly<Record<string, BackendHealth>>> {
    const live = this.#live.get(name);
    return live === undefined ? {} : healthOf(live);
  }

  async drain({ route, backend, deadlineMs }: DriverDrain): Promise<DrainCount> {
    const found = this.#live.get(route)?.state.backends.get(backend);
    return (await found?.drain(deadlineMs)) ?? { closed: 0, cut: 0 };
  }

  async samples(name: string): Promise<readonly BackendSample[]> {
    const backends = this.#live.get(name)?.state.backends.values() ?? [];
    return [...backends].map((backend) => backend.sample());
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#plane?.[Symbol.asyncDispose]();
    this.#upstream[Symbol.dispose]();
    this.#health[Symbol.dispose]();
    await this.#folder?.[Symbol.asyncDispose]();
    await this.#desired?.[Symbol.asyncDispose]();
  }

  async #start({ port = 0, journalPath, clock = systemClock, ...options }: ProxyIngressOptions) {
    await this.#openFolder(options);
    this.#desired = await DesiredRoutes.open({
      routesMax: this.limits.routesMax,
      journalPath,
      onChange: (changes) => this.#change(changes),
    });
    this.#folder?.warnOfMissing(this.#desired.table.all().map(({ spec }) => spec));
    this.#plane = await openPlane({
      host: this.#host,
      port,
      tlsPort: options.tls?.port ?? 0,
      publicTlsPort: options.tls?.publicPort,
      certificates: this.#certificates,
      index: this.#index,
      secret: Buffer.from(this.#secret),
      upstream: this.#upstream,
      health: this.#health,
      headerBytesMax: this.limits.headerBytesMax,
      mirrorBodyBytesMax: this.limits.mirrorBodyBytesMax,
      headersMs: options.headersMs ?? 10_000,
      graceMs: options.graceMs ?? 1_000,
      now: () => clock.now(),
    });
  }

  async #openFolder({ tls, log = silentLog }: ProxyIngressOptions): Promise<void> {
    const contexts = this.#certificates;
    if (tls === undefined || contexts === undefined) return;
    this.#folder = await CertificateFolder.open({
      folder: tls.certificates,
      onCertificate: (certificate) => contexts.take(certificate),
      log,
    });
  }

  /** Requests are matched in the same thread, so that each sees a change whole or not at all. */
  #change(changes: readonly TableChange[]): void {
    const before = changes.flatMap(({ ends }) => this.#ending(ends) ?? []);
    for (const route of before) {
      this.#index.delete(route);
      this.#certificates?.hosts.delete(route);
    }
    for (const { begins } of changes) if (begins !== undefined) this.#begin(begins);
    // What the next generation still names keeps its connections and its health.
    for (const route of before) this.#release(route);
  }

  #ending(ends: TableRoute | undefined): LiveRoute | undefined {
    return ends && this.#live.get(ends.spec.name);
  }

  #begin(route: TableRoute): void {
    const before = this.#live.get(route.spec.name);
    const state = before?.state ?? newRouteState();
    const live = makeLiveRoute(route, { state, health: this.#health });
    this.#live.set(live.name, live);
    this.#index.add(live);
    this.#certificates?.hosts.add(live);
  }

  #release(route: LiveRoute): void {
    if (this.#live.get(route.name) === route) this.#live.delete(route.name);
    for (const each of [...route.endpoints, ...route.mirrorEndpoints]) this.#health.release(each);
  }
}

async function openPlane(options: Parameters<typeof DataPlane.open>[0]): Promise<DataPlane> {
  try {
    return await DataPlane.open(options);
  } catch (cause) {
    const { code = "unknown" } = cause as NodeJS.ErrnoException;
    throw raise("provider.unavailable", {
      op: "ingress.open",
      detail: { provider: "ingress-proxy" },
      message: `Cannot listen on ${options.host}:${options.port}: ${code}`,
      cause,
    });
  }
}

/** An address that listens everywhere is reached at this machine. */
function reachable(host: string): string {
  if (host === "0.0.0.0") return "127.0.0.1";
  return host === "::" ? "::1" : host;
}
