import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import type {
  CertificatePem,
  Endpoint,
  RouteSpec,
  TableChange,
  TableRoute,
} from "@bedplate/ingress";
import type { Log } from "@bedplate/telemetry";
import { configText, files, luaScript, poolName } from "./config.ts";
import { Engine } from "./engine.ts";
import { isReachable } from "./is-reachable.ts";
import { MirroredMap } from "./mirrored-map.ts";
import {
  needsPool,
  type Pool,
  type PoolServer,
  Pools,
  serverWeights,
  slotName,
  weightNow,
} from "./pools.ts";
import { replaceFile } from "./replace-file.ts";
import { type RouteTarget, routeKey, routeValue, tokenKeys } from "./route-line.ts";
import { readServerStats } from "./server-stats.ts";
import type { ListenTls } from "./tls-rules.ts";
import { TlsTable } from "./tls-table.ts";

/** What the data plane is made of. */
export interface DataPlaneOptions {
  readonly program: string;
  readonly folder: string;
  readonly host: string;
  readonly port: number;
  readonly secret: string;
  readonly headerBytesMax: number;
  readonly headersMs: number;
  readonly graceMs: number;
  readonly connectionsMax: number;
  readonly pools: number;
  readonly slots: number;
  readonly tls?: ListenTls | undefined;
  readonly log: Log;
}

/** How often endpoints that do not take connections yet are tried. */
const tryEveryMs = 250;
const connectMs = 1_000;
/** The longest that a change waits for a new endpoint to be known; later ones are welcomed later. */
const firstConnectMs = 100;

/** Brings an engine to what is wanted: maps and pools here, and commands for the engine that runs. */
export class DataPlane implements AsyncDisposable {
  readonly pools: Pools;
  readonly #options: DataPlaneOptions;
  readonly #routes: MirroredMap;
  readonly #tokens: MirroredMap;
  readonly tls: TlsTable;
  /** Routes without a pool whose backend is to get nothing new. */
  readonly #draining = new Set<string>();
  /** Backends of routes that get nothing new by now, because the engine was told. */
  readonly #drained = new Map<string, Set<string>>();
  #engine!: Engine;
  #work: Promise<void> = Promise.resolve();
  #timer: NodeJS.Timeout | undefined;
  #isClosing = false;
  #writing: Promise<void> = Promise.resolve();

  constructor(options: DataPlaneOptions) {
    const { folder, pools, slots } = options;
    this.#options = options;
    this.pools = new Pools({ pools, slots });
    this.tls = new TlsTable(folder);
    this.#routes = new MirroredMap(join(folder, files.routes));
    this.#tokens = new MirroredMap(join(folder, files.tokens));
  }

  get engine(): Engine {
    return this.#engine;
  }

  /** Starts the engine; what was changed before is in its files. */
  async start(): Promise<void> {
    await mkdir(this.#options.folder, { recursive: true, mode: 0o700 });
    const { program, folder, log } = this.#options;
    this.#engine = await Engine.open({ program, folder, log, prepare: () => this.#writeFiles() });
    this.#watch();
  }

  /** Follows changes in their order; resolves when the engine has them, or has to start anew. */
  change(changes: readonly TableChange[]): Promise<void> {
    return this.#inTurn(() => this.#change(changes));
  }

  /** Takes a certificate, new or in the place of the one of this name; throws when it cannot be used. */
  takeCertificate(certificate: CertificatePem): Promise<void> {
    return this.#inTurn(async () => {
      this.tls.keep(certificate);
      await this.#command(async ({ socket }) => {
        await this.tls.rotate(socket, certificate);
        await this.tls.follow(socket, { isEnd: true });
      });
    });
  }

  /** Sends a backend of a route nothing new. */
  drain(route: TableRoute, backend: string): Promise<void> {
    const { name } = route.spec;
    return this.#inTurn(async () => {
      await this.#tell(this.#drainCommands(route, backend));
      this.#drained.set(name, new Set([...(this.#drained.get(name) ?? []), backend]));
    });
  }

  /** Whether the backend gets nothing new since a drain began. */
  isDraining(route: string, backend: string): boolean {
    return this.#drained.get(route)?.has(backend) ?? false;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isClosing = true;
    clearTimeout(this.#timer);
    await this.#work.catch(() => {});
    await this.#engine?.[Symbol.asyncDispose]();
  }

  #inTurn(work: () => Promise<void>): Promise<void> {
    const done = this.#work.then(work);
    this.#work = done.catch(() => {});
    return done;
  }

  /** Notes what is wanted, for an engine that starts anew, and says how to tell the one that runs. */
  #drainCommands(route: TableRoute, backend: string): readonly string[] {
    const pool = this.pools.get(route.spec.name);
    if (pool === undefined) {
      this.#draining.add(route.spec.name);
      return this.#routes.set(routeKey(route.spec.match), this.#valueOf(route));
    }
    return pool.servers.flatMap((server, slot) => {
      if (server?.backend !== backend) return [];
      server.isDraining = true;
      return [`set server ${slotName(pool, slot)} state drain`];
    });
  }

  /** What a request needs comes before the route that leads it there, and goes after it. */
  async #change(changes: readonly TableChange[]): Promise<void> {
    const begins = changes.flatMap((change) => change.begins ?? []);
    const ends = changes.flatMap((change) => change.ends ?? []);
    for (const { spec } of [...begins, ...ends]) this.#drained.delete(spec.name);
    for (const route of begins) {
      this.#draining.delete(route.spec.name);
      await this.#tell(tokenKeys(route).flatMap((key) => this.#tokens.set(key, "1")));
      await this.#fillPool(route);
    }
    const set = begins.flatMap((route) =>
      this.#routes.set(routeKey(route.spec.match), this.#valueOf(route)),
    );
    const isTls = [...begins, ...ends].some(({ spec }) => spec.tls !== undefined);
    const names = this.tls.change(begins, ends);
    if (isTls) await this.#command(({ socket }) => this.tls.follow(socket, { isEnd: false }));
    const kept = new Set(begins.map(({ spec }) => routeKey(spec.match)));
    const left = ends.map(({ spec }) => routeKey(spec.match)).filter((key) => !kept.has(key));
    await this.#tell([...names, ...set, ...left.flatMap((key) => this.#routes.delete(key))]);
    if (isTls) await this.#command(({ socket }) => this.tls.follow(socket, { isEnd: true }));
    for (const route of ends) {
      await this.#tell(tokenKeys(route).flatMap((key) => this.#tokens.delete(key)));
      const next = begins.find(({ spec }) => spec.name === route.spec.name);
      await this.#emptyPool(route.spec.name, next);
    }
  }

  #valueOf(route: TableRoute): string {
    return routeValue(route, this.#targetOf(route.spec), this.#options);
  }

  #targetOf({ name, backends }: RouteSpec): RouteTarget {
    const pool = this.pools.get(name);
    if (pool !== undefined) return { kind: "pool", name: poolName(pool.index) };
    const [backend] = backends;
    const [endpoint] = backend?.endpoints ?? [];
    const isNone = endpoint === undefined || backend?.weight === 0 || this.#draining.has(name);
    return isNone ? { kind: "none" } : { kind: "direct", ...endpoint };
  }

  /** Gives the route's endpoints slots; those that it had before keep theirs. */
  async #fillPool(route: TableRoute): Promise<void> {
    const { name, backends } = route.spec;
    if (!needsPool(route.spec) && this.pools.get(name) === undefined) return;
    const pool = this.pools.take(name);
    if (pool === undefined) return;
    const weights = serverWeights(backends);
    const wanted = backends
      .flatMap(({ id, endpoints }) => endpoints.map((address) => ({ backend: id, address })))
      .map((each, index) => ({ ...each, weight: weights[index] ?? 0 }));
    const known = new Set(pool.servers.flatMap((server) => (server ? keyOf(server) : [])));
    const fresh = wanted.filter((each) => !known.has(keyOf(each)));
    const up = await Promise.all(fresh.map(({ address }) => isReachable(address, firstConnectMs)));
    const isUp = new Map(fresh.map((each, index) => [keyOf(each), up[index] ?? false]));
    const counted = await readServerStats(this.#engine?.socket, pool).catch(() => []);
    for (const each of wanted) {
      const before = pool.servers.findIndex(
        (server) => server !== null && keyOf(server) === keyOf(each),
      );
      const slot = before === -1 ? pool.servers.indexOf(null) : before;
      const server = pool.servers[before] ?? undefined;
      pool.servers[slot] = {
        ...each,
        isUp: server?.isUp ?? isUp.get(keyOf(each)) ?? false,
        isDraining: false,
        countedBefore: server?.countedBefore ?? counted[slot] ?? { requests: 0, faults: 0 },
      };
    }
    const keep = new Set(wanted.map(keyOf));
    await this.#tell(
      pool.servers.flatMap((server, slot) =>
        server !== null && keep.has(keyOf(server)) ? serverCommands(pool, slot, server) : [],
      ),
    );
  }

  /** Frees the slots that a route does not need any more, or all of them. */
  async #emptyPool(name: string, next: TableRoute | undefined): Promise<void> {
    const pool = this.pools.get(name);
    if (pool === undefined) return;
    const keep = new Set(
      (next?.spec.backends ?? []).flatMap(({ id, endpoints }) =>
        endpoints.map((address) => keyOf({ backend: id, address })),
      ),
    );
    const commands = pool.servers.flatMap((server, slot) => {
      if (server === null || keep.has(keyOf(server))) return [];
      pool.servers[slot] = null;
      return [`set server ${slotName(pool, slot)} state maint`];
    });
    if (next === undefined) this.pools.give(name);
    await this.#tell(commands);
  }

  async #tell(commands: readonly string[]): Promise<void> {
    if (commands.length === 0) return;
    await this.#command(({ socket }) => socket.write(commands));
  }

  /** An engine that does not do as it is told is replaced by one that reads the files. */
  async #command(work: (engine: Engine) => Promise<void>): Promise<void> {
    if (this.#engine === undefined) return;
    try {
      await work(this.#engine);
    } catch (error) {
      this.#options.log.warn("haproxy refused a change", { reason: String(error) });
      await this.#engine.replace();
    }
  }

  #watch(): void {
    if (this.#isClosing) return;
    this.#timer = setTimeout(() => {
      this.#tryNew()
        .catch(() => {})
        .finally(() => this.#watch());
    }, tryEveryMs);
    this.#timer.unref();
  }

  /** Endpoints that take connections now get their weight; from then on the engine watches them. */
  async #tryNew(): Promise<void> {
    for (const pool of this.pools.all()) {
      const waiting = pool.servers.filter((server) => server?.isUp === false);
      const tried = waiting.flatMap((server) => server ?? []);
      const up = await Promise.all(tried.map(({ address }) => isReachable(address, connectMs)));
      if (up.includes(true)) await this.#inTurn(() => this.#welcome(pool, tried, up));
    }
  }

  async #welcome(pool: Pool, tried: readonly PoolServer[], up: readonly boolean[]): Promise<void> {
    for (const [index, server] of tried.entries()) server.isUp ||= up[index] ?? false;
    await this.#tell(
      pool.servers.flatMap((each, slot) => (each ? serverCommands(pool, slot, each) : [])),
    );
  }

  /** One at a time: each file is written beside the one that it replaces. */
  #writeFiles(): Promise<void> {
    this.#writing = this.#writing.catch(() => {}).then(() => this.#writeFilesNow());
    return this.#writing;
  }

  async #writeFilesNow(): Promise<void> {
    const { folder, pools } = this.#options;
    await mkdir(folder, { recursive: true, mode: 0o700 });
    const config = configText({ ...this.#options, pools: this.pools.lines(pools) });
    await replaceFile(join(folder, files.lua), luaScript);
    await replaceFile(join(folder, files.routes), this.#routes.text());
    await replaceFile(join(folder, files.tokens), this.#tokens.text());
    if (this.#options.tls !== undefined) await this.tls.write();
    await replaceFile(join(folder, files.config), config);
  }
}

function serverCommands(pool: Pool, slot: number, server: PoolServer): readonly string[] {
  const name = slotName(pool, slot);
  const { host, port } = server.address;
  return [
    `set server ${name} addr ${host} port ${port}`,
    `set server ${name} weight ${weightNow(server, pool)}`,
    `set server ${name} state ${server.isDraining ? "drain" : "ready"}`,
  ];
}

function keyOf({ backend, address }: { readonly backend: string; readonly address: Endpoint }) {
  return `${backend}|${address.host}|${address.port}`;
}
