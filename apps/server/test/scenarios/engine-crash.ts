import { join } from "node:path";
import { type Random, seededRandom } from "@bedplate/clock";
import { encodeScript } from "@bedplate/environment-fake";
import { StateStore } from "@bedplate/state";
import { type Engine, startPostgres, startRedis } from "@bedplate/testkit";
import { openStateOf } from "./open-state.ts";
import { type SweepReport, sweepOrphans } from "./orphans.ts";
import { countEnds, hasEnded, untilAnswered } from "./run-ends.ts";
import { type ServerProcess, startServer } from "./server-process.ts";

/** What came of killing servers and engines under load. */
export interface EngineCrashReport {
  readonly accepted: number;
  /** SIGKILLs by victim. */
  readonly kills: Readonly<Record<string, number>>;
  /** Accepted runs that did not end as they must. */
  readonly lost: number;
  readonly endedOnce: number;
  readonly doubled: number;
  /** Artifacts of accepted runs that cannot be read, or differ. */
  readonly artifactsLost: number;
  readonly sweep: SweepReport;
}

export interface EngineCrashOptions {
  readonly folder: string;
  readonly kills: number;
  /** Which engine holds the jobs. */
  readonly queue: "postgres" | "redis";
  readonly seed: string;
}

interface Accepted {
  readonly id: string;
  readonly artifact: Uint8Array;
}

/** Callers that submit at once. */
const submitters = 8;
/** How long a caller repeats one submission with its idempotency key. */
const submitMs = 60_000;

/**
 * Two servers on PostgreSQL, Redis and a shared folder of blobs; callers submit without pause, each
 * with a fresh artifact, and repeat with the same idempotency key what fails. Servers and engines are
 * killed with SIGKILL at random moments and started again. At last every acknowledged run is looked at.
 */
export async function engineCrashScenario(options: EngineCrashOptions): Promise<EngineCrashReport> {
  const random = seededRandom(options.seed);
  await using postgres = await startPostgres();
  await using redis = await startRedis();
  const configOf = (name: string) => configFor(name, { ...options, postgres, redis });
  const servers = new Map<string, ServerProcess>();
  const accepted: Accepted[] = [];
  const stopping = new AbortController();
  try {
    for (const name of ["one", "two"]) servers.set(name, await startAnyway(configOf(name)));
    const load = Array.from({ length: submitters }, (_, at) =>
      submitUntil(stopping.signal, { name: `${options.seed}-${at}`, servers, accepted }),
    );
    const victims: Readonly<Record<string, () => Promise<void>>> = {
      postgres: () => bounce(postgres),
      redis: () => bounce(redis),
      one: () => replace("one", { servers, config: configOf("one") }),
      two: () => replace("two", { servers, config: configOf("two") }),
    };
    const kills = await killAtRandom(victims, { random, kills: options.kills });
    stopping.abort();
    await Promise.all(load);
    const examined = await examine(accepted, { servers, stateUrl: postgres.url });
    for (const server of servers.values()) await server.kill();
    await using state = new StateStore(await openStateOf(postgres.url), { namespace: "runs" });
    const artifacts = accepted.map(({ artifact }) => artifact);
    const sweep = await sweepOrphans(options.folder, { runState: state, artifacts });
    return { kills, ...examined, sweep };
  } finally {
    stopping.abort();
    for (const server of servers.values()) await server.kill();
  }
}

function configFor(
  name: string,
  options: EngineCrashOptions & { readonly postgres: Engine; readonly redis: Engine },
): object {
  const { folder, postgres, queue, redis } = options;
  const providers = {
    state: postgres.url,
    queue: queue === "redis" ? redis.url : postgres.url,
    cache: redis.url,
    blob: `file:${join(folder, "blobs")}`,
  };
  return { data: `file:${join(folder, name)}`, listen: { port: 0 }, providers };
}

/** Starts a server; again where an engine was away just then. */
async function startAnyway(config: object): Promise<ServerProcess> {
  for (let left = 20; ; left--) {
    try {
      return await startServer(config);
    } catch (error) {
      if (left === 0) throw error;
      await pause(250);
    }
  }
}

async function bounce(engine: Engine): Promise<void> {
  await engine.kill();
  await pause(50);
  await engine.restart();
}

async function replace(
  name: string,
  parts: { readonly servers: Map<string, ServerProcess>; readonly config: object },
): Promise<void> {
  await parts.servers.get(name)?.kill();
  parts.servers.set(name, await startAnyway(parts.config));
}

async function killAtRandom(
  victims: Readonly<Record<string, () => Promise<void>>>,
  options: { readonly random: Random; readonly kills: number },
): Promise<Readonly<Record<string, number>>> {
  const names = Object.keys(victims);
  const counts: Record<string, number> = {};
  for (let kill = 0; kill < options.kills; kill++) {
    const [which = 0, when = 0] = options.random.bytes(2);
    await pause(50 + when);
    const name = names[which % names.length] ?? "";
    await victims[name]?.();
    counts[name] = (counts[name] ?? 0) + 1;
  }
  return counts;
}

interface Load {
  readonly name: string;
  readonly servers: ReadonlyMap<string, ServerProcess>;
  readonly accepted: Accepted[];
}

async function submitUntil(signal: AbortSignal, load: Load): Promise<void> {
  for (let turn = 0; !signal.aborted; turn++) {
    const text = `${load.name}-${turn}`;
    const artifact = encodeScript({
      steps: [
        { do: "sleep", ms: 5 },
        { do: "output", text },
      ],
    });
    const id = await submitAnyway(artifact, { ...load, idempotencyKey: text });
    load.accepted.push({ id, artifact });
  }
}

/** Submits to either server until one acknowledges. */
async function submitAnyway(
  artifact: Uint8Array,
  options: Pick<Load, "servers"> & { readonly idempotencyKey: string },
): Promise<string> {
  const { idempotencyKey } = options;
  const deadline = performance.now() + submitMs;
  for (let turn = 0; performance.now() < deadline; turn++) {
    const servers = [...options.servers.values()];
    const server = servers[turn % servers.length];
    try {
      const signal = AbortSignal.timeout(5_000);
      const run = await server?.client.runs.submit({
        slot: "fake",
        artifact,
        idempotencyKey,
        signal,
      });
      if (run !== undefined) return run.id;
    } catch {
      // Not acknowledged: repeated with the same key, until the time is over.
    }
    await pause(20);
  }
  throw new Error(`No server acknowledged ${idempotencyKey} within ${submitMs} ms`);
}

async function examine(
  accepted: readonly Accepted[],
  options: { readonly servers: ReadonlyMap<string, ServerProcess>; readonly stateUrl: string },
): Promise<Omit<EngineCrashReport, "kills" | "sweep">> {
  const [server] = options.servers.values();
  if (server === undefined) throw new Error("No server is left");
  const { client } = server;
  let lost = 0;
  let artifactsLost = 0;
  for (const { id, artifact } of accepted) {
    if (!(await hasEnded(client, id))) lost++;
    const { artifact: digest } = await untilAnswered(() => client.runs.get(id));
    const stored = await untilAnswered(() => client.artifacts.get(digest));
    if (Buffer.compare(stored, artifact) !== 0) artifactsLost++;
  }
  const ends = await endsOf(options.stateUrl);
  const endsOnce = accepted.filter(({ id }) => ends.get(id) === 1).length;
  const doubled = accepted.filter(({ id }) => (ends.get(id) ?? 0) > 1).length;
  return { accepted: accepted.length, lost, endedOnce: endsOnce, doubled, artifactsLost };
}

async function endsOf(url: string): Promise<ReadonlyMap<string, number>> {
  await using state = new StateStore(await openStateOf(url), { namespace: "runs" });
  return await countEnds(state);
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
