import { join } from "node:path";
import { encodeScript } from "@bedplate/environment-fake";
import { Bedplate, fromBytesView } from "@bedplate/sdk";
import { StateStore } from "@bedplate/state";
import { findFreePort, startPostgres, startRedis, startS3 } from "@bedplate/testkit";
import { openStateOf } from "./open-state.ts";
import { countEnds, hasEnded } from "./run-ends.ts";
import { type ServerProcess, startServer } from "./server-process.ts";

/** What came of two replicas behind an ingress, each killed once under load. */
export interface ClusterReport {
  readonly accepted: number;
  readonly lost: number;
  readonly endedOnce: number;
  readonly doubled: number;
  /** Runs whose logs came live from the other replica, through the ingress. */
  readonly followed: number;
  /** Runs that were cancelled through the ingress, wherever they executed. */
  readonly cancelled: number;
  readonly replayedSame: number;
  readonly kills: number;
}

export interface ClusterOptions {
  readonly folder: string;
  /** How long the load goes on between two kills. */
  readonly phaseMs: number;
}

const domain = "127.0.0.1";
const submitters = 6;

/**
 * PostgreSQL for state and queue, Ceph's S3 for blobs, Redis as cache, HAProxy in front of two
 * replicas. Callers know the ingress alone. Either replica is killed with SIGKILL under load and
 * started again; the one that runs HAProxy too.
 */
export async function clusterScenario(options: ClusterOptions): Promise<ClusterReport> {
  const { folder, phaseMs } = options;
  await using postgres = await startPostgres();
  await using redis = await startRedis();
  await using s3 = await startS3("strict");
  const ingressPort = await findFreePort();
  const providers = {
    state: postgres.url,
    queue: postgres.url,
    cache: redis.url,
    blob: `s3://${s3.accessKey}:${s3.secretKey}@bedplate/runs?endpoint=${s3.endpoint}&forcePathStyle=true`,
  };
  const ingress = `haproxy://127.0.0.1:${ingressPort}?folder=${join(folder, "haproxy")}`;
  const configs: Readonly<Record<string, object>> = {
    one: configOf("one", { folder, providers: { ...providers, ingress } }),
    two: configOf("two", { folder, providers }),
  };
  const servers = new Map<string, ServerProcess>();
  const start = async (name: string) => servers.set(name, await startServer(configs[name] ?? {}));
  const stopping = new AbortController();
  try {
    await start("one");
    await start("two");
    const key = servers.get("one")?.key ?? "";
    const client = new Bedplate({ url: `http://${domain}:${ingressPort}`, key, retriesMax: 0 });
    await isServed(client);
    const accepted: string[] = [];
    const load = Array.from({ length: submitters }, (_, at) =>
      submitUntil(stopping.signal, { client, accepted, name: `load-${at}` }),
    );
    for (const name of ["two", "one"]) {
      await pause(phaseMs);
      await servers.get(name)?.kill();
      await pause(phaseMs);
      await start(name);
    }
    await pause(phaseMs);
    stopping.abort();
    await Promise.all(load);
    const journeys = await tryJourneys(client, 6);
    const isEnded = await Promise.all(accepted.map((id) => hasEnded(client, id)));
    await using state = new StateStore(await openStateOf(postgres.url), { namespace: "runs" });
    const ends = await countEnds(state);
    return {
      kills: 2,
      accepted: accepted.length,
      lost: isEnded.filter((each) => !each).length,
      endedOnce: accepted.filter((id) => ends.get(id) === 1).length,
      doubled: accepted.filter((id) => (ends.get(id) ?? 0) > 1).length,
      ...journeys,
    };
  } finally {
    stopping.abort();
    for (const server of servers.values()) await server.stop();
  }
}

function configOf(
  name: string,
  options: { readonly folder: string; readonly providers: object },
): object {
  const { folder, providers } = options;
  return { data: `file:${join(folder, name)}`, listen: { port: 0 }, domain, providers };
}

/** Waits until the ingress leads to a replica. */
async function isServed(client: Bedplate): Promise<void> {
  const deadline = performance.now() + 20_000;
  while (performance.now() < deadline) {
    try {
      await client.runs.list();
      return;
    } catch {
      await pause(100);
    }
  }
  throw new Error("The ingress leads nowhere");
}

interface Load {
  readonly client: Bedplate;
  readonly accepted: string[];
  readonly name: string;
}

/** Submits through the ingress; what is not acknowledged is repeated with the same key. */
async function submitUntil(signal: AbortSignal, { client, accepted, name }: Load): Promise<void> {
  for (let turn = 0; !signal.aborted; turn++) {
    const text = `${name}-${turn}`;
    const artifact = encodeScript({ steps: [{ do: "output", text }] });
    for (let left = 400; ; left--) {
      try {
        const until = AbortSignal.timeout(5_000);
        const submission = { slot: "fake", artifact, idempotencyKey: text, signal: until };
        accepted.push((await client.runs.submit(submission)).id);
        break;
      } catch (error) {
        if (left === 0) throw error;
        await pause(50);
      }
    }
  }
}

/** Logs, cancel and replay of runs that either replica may execute, asked through the ingress. */
async function tryJourneys(
  client: Bedplate,
  count: number,
): Promise<Pick<ClusterReport, "followed" | "cancelled" | "replayedSame">> {
  let followed = 0;
  let cancelled = 0;
  let replayedSame = 0;
  for (let turn = 0; turn < count; turn++) {
    const said = await client.runs.submit({ slot: "fake", artifact: talker });
    if ((await firstLine(client, said.id)) === "first") followed++;
    await client.runs.wait(said.id);
    if ((await client.runs.replay(said.id)).isSame) replayedSame++;
    // Longer than a replica that missed the request takes to find it in the record.
    const budget = { wallMs: 60_000 };
    const endless = await client.runs.submit({ slot: "fake", artifact: sleeper, budget });
    await firstLine(client, endless.id);
    await client.runs.cancel(endless.id);
    if ((await client.runs.wait(endless.id)).phase === "cancelled") cancelled++;
  }
  return { followed, cancelled, replayedSame };
}

const talker = encodeScript({
  steps: [
    { do: "say", text: "first" },
    { do: "sleep", ms: 300 },
    { do: "output", text: "x" },
  ],
});
const sleeper = encodeScript({
  steps: [
    { do: "say", text: "first" },
    { do: "sleep", ms: 60_000 },
  ],
});

/** The first thing that a run says, while it executes. */
async function firstLine(client: Bedplate, id: string): Promise<string | undefined> {
  for await (const { data } of client.runs.logs(id, { follow: true })) {
    return Buffer.from(fromBytesView(data)).toString();
  }
  return undefined;
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
