import { lookup } from "node:dns/promises";
import { mkdir } from "node:fs/promises";
import { isIP } from "node:net";
import { join } from "node:path";
import { systemRandom } from "@bedplate/clock";
import { raise } from "@bedplate/errors";
import {
  type ApplyAnswer,
  type BackendHealth,
  type BackendSample,
  CertificateFolder,
  type CertificatePem,
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
  normaliseHost,
  type RemoveAnswer,
  type RouteSpec,
  type TableChange,
} from "@bedplate/ingress";
import { type Log, silentLog } from "@bedplate/telemetry";
import { DataPlane } from "./data-plane.ts";
import { allStreams, directStreams, drainStreams, poolStreams } from "./drain.ts";
import { isReachable } from "./is-reachable.ts";
import { needsPool, type Pool } from "./pools.ts";
import { readServerStats } from "./server-stats.ts";
import type { ListenTls } from "./tls-rules.ts";
import { tlsHostsMax } from "./tls-table.ts";

/** How HAProxy is run, and what it may hold. */
export interface HaproxyIngressOptions {
  /** For sockets, maps and the journal of the routes; without blanks. */
  readonly folder: string;
  /** Default: 127.0.0.1. */
  readonly host?: string | undefined;
  readonly port: number;
  /** Default: `haproxy`, found on `PATH`. */
  readonly program?: string | undefined;
  /** Routes with more than one endpoint that there may be. Default: 64. */
  readonly pools?: number | undefined;
  /** Default: 4,000. */
  readonly connectionsMax?: number | undefined;
  /** Default: 10,000. */
  readonly headersMs?: number | undefined;
  /** Default: 1,000. */
  readonly graceMs?: number | undefined;
  readonly limits?: Partial<IngressLimits> | undefined;
  readonly tls?: HaproxyTlsOptions | undefined;
  readonly log?: Log | undefined;
}

/** How the engine ends TLS. */
export interface HaproxyTlsOptions extends ListenTls {
  /** Folder of `<name>.pem` files: a chain and its key each. */
  readonly certificates: string;
}

/** HAProxy as a driver, and its process. */
export interface HaproxyIngressDriver extends IngressDriver {
  /** The master's process id, while it runs. */
  readonly pid: number | undefined;
}

/** Runs HAProxy on a folder of its own; one that an earlier process left there is taken over. */
export async function openHaproxyIngress(
  options: HaproxyIngressOptions,
): Promise<HaproxyIngressDriver> {
  return await HaproxyIngress.open(options);
}

/** Servers of a pool; a change needs room for the endpoints before it and after it. */
const slots = 32;
const endpointsMax = slots / 2;

const capabilities: Omit<IngressCapabilities, "tls"> = {
  protocols: ["http1", "websocket"],
  weightTolerance: 0.01,
  convergeMs: 1_000,
  healMs: 2_500,
  durable: true,
  timeoutCovers: "silence",
  bodyLimit: "declared-length",
  lengthConflict: "rewritten",
  matchMethods: false,
  matchHeaders: false,
  retries: [],
  mirror: false,
  sticky: [],
  rateLimit: false,
  access: true,
};

class HaproxyIngress implements HaproxyIngressDriver {
  readonly limits: IngressLimits;
  readonly capabilities: IngressCapabilities;
  readonly #options: HaproxyIngressOptions;
  readonly #host: string;
  readonly #secret = Buffer.from(systemRandom.bytes(32)).toString("hex");
  readonly #plane: DataPlane;
  #certificates: CertificateFolder | undefined;
  #desired!: DesiredRoutes;
  #changed: Promise<void> = Promise.resolve();
  /** Routes that have a pool, or are about to get one. */
  readonly #pooled = new Set<string>();

  private constructor(options: HaproxyIngressOptions) {
    const { host = "127.0.0.1", pools = 64, limits } = options;
    this.#options = options;
    this.#host = host;
    this.capabilities = { ...capabilities, tls: options.tls !== undefined };
    const bounds = { backendsMax: endpointsMax, endpointsMax };
    this.limits = { ...ingressLimitsDefault, ...bounds, ...limits };
    this.#plane = new DataPlane({
      ...options,
      host,
      pools,
      slots,
      program: options.program ?? "haproxy",
      secret: this.#secret,
      headerBytesMax: this.limits.headerBytesMax,
      headersMs: options.headersMs ?? 10_000,
      graceMs: options.graceMs ?? 1_000,
      connectionsMax: options.connectionsMax ?? 4_000,
      log: options.log ?? silentLog,
    });
  }

  static async open(options: HaproxyIngressOptions): Promise<HaproxyIngress> {
    if (!/^[\w./-]+$/.test(options.folder)) throw refuse("/folder", "must be a plain path");
    const ingress = new HaproxyIngress(options);
    try {
      await ingress.#start();
    } catch (error) {
      await ingress[Symbol.asyncDispose]();
      throw error;
    }
    return ingress;
  }

  get pid(): number | undefined {
    return this.#plane.engine.pid;
  }

  async apply(spec: RouteSpec, condition: GenerationCondition): Promise<ApplyAnswer> {
    const { certificate } = spec.tls ?? {};
    if (certificate !== undefined && !(await this.#certificates?.has(certificate))) {
      return { kind: "certificate" };
    }
    const resolved = await withAddresses(spec);
    this.#claimHost(spec);
    this.#claimPool(spec);
    const answer = await this.#desired.apply(resolved, condition);
    await this.#changed;
    return answer;
  }

  async remove(name: string, condition: GenerationCondition): Promise<RemoveAnswer> {
    const answer = await this.#desired.remove(name, condition);
    await this.#changed;
    if (answer.kind === "removed") this.#pooled.delete(name);
    return answer;
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
    const host = reachableAt(this.#host);
    const { port, tls } = this.#options;
    const secure = tls && { host, port: tls.port };
    return [{ id: "haproxy", at: { host, port }, tls: secure, secret: this.#secret }];
  }

  async health(name: string): Promise<Readonly<Record<string, BackendHealth>>> {
    const spec = this.#desired.table.at(name)?.spec;
    if (spec === undefined) return {};
    const pool = this.#plane.pools.get(name);
    if (pool !== undefined) return await this.#poolHealth(spec, pool);
    const health = await Promise.all(
      spec.backends.map(async ({ id, endpoints }): Promise<[string, BackendHealth]> => {
        if (this.#plane.isDraining(name, id)) return [id, "draining"];
        const up = await Promise.all(endpoints.map((each) => isReachable(each, 1_000)));
        return [id, up.includes(true) ? "healthy" : "unhealthy"];
      }),
    );
    return Object.fromEntries(health);
  }

  async drain({ route, backend, deadlineMs }: DriverDrain): Promise<DrainCount> {
    const found = this.#desired.table.at(route);
    if (found === undefined) return { closed: 0, cut: 0 };
    const { socket } = this.#plane.engine;
    const pool = this.#plane.pools.get(route);
    const endpoints = found.spec.backends.find(({ id }) => id === backend)?.endpoints ?? [];
    const direct = directStreams(socket, endpoints);
    const streams = pool ? allStreams([direct, poolStreams(socket, pool, backend)]) : direct;
    return drainStreams(streams, {
      deadlineMs,
      begin: () => this.#plane.drain(found, backend),
    });
  }

  async samples(name: string): Promise<readonly BackendSample[]> {
    const backends = this.#desired.table.at(name)?.spec.backends ?? [];
    const { socket } = this.#plane.engine;
    const pool = this.#plane.pools.get(name);
    if (pool === undefined) {
      const text = await socket.ask([`show table edge key ${name}`]);
      const count = (what: string) => Number(new RegExp(`${what}=(\\d+)`).exec(text)?.[1] ?? 0);
      const [requests, faults] = [count("http_req_cnt"), count("http_fail_cnt")];
      return backends.map(({ id }) => ({ backend: id, requests, faults }));
    }
    const stats = await readServerStats(socket, pool);
    return backends.map(({ id }) => {
      const sum = { requests: 0, faults: 0 };
      for (const [slot, server] of pool.servers.entries()) {
        if (server?.backend !== id) continue;
        sum.requests += (stats[slot]?.requests ?? 0) - server.countedBefore.requests;
        sum.faults += (stats[slot]?.faults ?? 0) - server.countedBefore.faults;
      }
      return { backend: id, ...sum };
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#certificates?.[Symbol.asyncDispose]();
    await this.#plane[Symbol.asyncDispose]();
    await this.#desired?.[Symbol.asyncDispose]();
  }

  async #start(): Promise<void> {
    const { folder, tls, log = silentLog } = this.#options;
    await mkdir(folder, { recursive: true, mode: 0o700 });
    if (tls !== undefined) {
      const onCertificate = (each: CertificatePem) => this.#plane.takeCertificate(each);
      this.#certificates = await CertificateFolder.open({
        folder: tls.certificates,
        onCertificate,
        log,
      });
    }
    this.#desired = await DesiredRoutes.open({
      routesMax: this.limits.routesMax,
      journalPath: join(folder, "routes.jsonl"),
      onChange: (changes) => this.#follow(changes),
    });
    this.#certificates?.warnOfMissing(this.#desired.table.all().map(({ spec }) => spec));
    await this.#changed;
    await this.#plane.start();
  }

  #follow(changes: readonly TableChange[]): void {
    for (const { begins } of changes) {
      if (begins && needsPool(begins.spec)) this.#pooled.add(begins.spec.name);
    }
    this.#changed = this.#plane.change(changes);
    // Who waits for the change is told; the next one must not fail for it.
    this.#changed.catch(() => {});
  }

  #claimHost({ match, tls }: RouteSpec): void {
    if (tls === undefined || this.#plane.tls.hasRoomFor(normaliseHost(match.host))) return;
    throw quota("hosts with TLS", tlsHostsMax, tlsHostsMax + 1);
  }

  #claimPool(spec: RouteSpec): void {
    const endpoints = spec.backends.reduce((sum, each) => sum + each.endpoints.length, 0);
    if (endpoints > endpointsMax) throw quota("endpoints of a route", endpointsMax, endpoints);
    if (!needsPool(spec) || this.#pooled.has(spec.name)) return;
    const { pools = 64 } = this.#options;
    if (this.#pooled.size >= pools) throw quota("routes with several endpoints", pools, pools + 1);
    this.#pooled.add(spec.name);
  }

  async #poolHealth(spec: RouteSpec, pool: Pool): Promise<Record<string, BackendHealth>> {
    const stats = await readServerStats(this.#plane.engine.socket, pool);
    const healthOf = (id: string): BackendHealth => {
      const own = pool.servers.flatMap((server, slot) =>
        server?.backend === id ? [{ server, status: stats[slot]?.status ?? "" }] : [],
      );
      if (this.#plane.isDraining(spec.name, id)) return "draining";
      const isUp = own.some(({ server, status }) => server.isUp && status.startsWith("UP"));
      return isUp ? "healthy" : "unhealthy";
    };
    return Object.fromEntries(spec.backends.map(({ id }) => [id, healthOf(id)]));
  }
}

/** The engine routes to addresses: a name is resolved once, when the route is applied. */
async function withAddresses(spec: RouteSpec): Promise<RouteSpec> {
  const isPlain = spec.backends.every(({ endpoints }) => endpoints.every(({ host }) => isIP(host)));
  if (isPlain) return spec;
  const backends = spec.backends.map(async (backend) => ({
    ...backend,
    endpoints: await Promise.all(
      backend.endpoints.map(async ({ host, port }) => ({ host: await addressOf(host), port })),
    ),
  }));
  return { ...spec, backends: await Promise.all(backends) };
}

async function addressOf(host: string): Promise<string> {
  try {
    return (await lookup(host)).address;
  } catch (cause) {
    throw refuse("/backends", `have the host ${host}, which has no address`, cause);
  }
}

function quota(meter: string, limit: number, asked: number): Error {
  return raise("quota.exceeded", {
    op: "ingress.apply",
    detail: { meter, limit, asked },
    message: `Cannot apply the route: ${limit} ${meter} are the limit`,
  });
}

function refuse(path: string, rule: string, cause?: unknown): Error {
  return raise("argument.invalid", {
    op: "ingress.apply",
    detail: { path, rule },
    message: `Cannot use the ingress: ${path} ${rule}`,
    ...(cause !== undefined && { cause }),
  });
}

/** An address that listens everywhere is reached at this machine. */
function reachableAt(host: string): string {
  if (host === "0.0.0.0") return "127.0.0.1";
  return host === "::" ? "::1" : host;
}
