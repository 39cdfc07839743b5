import { encodeScript } from "@bedplate/environment-fake";
import type { Bedplate } from "@bedplate/sdk";
import { eventually } from "@bedplate/testkit";
import { isSigned, openWebhookEndpoint, type Post } from "../webhook-endpoint.ts";
import { type ServerProcess, startServer } from "./server-process.ts";

/** What came of killing a server that delivers webhooks. */
export interface WebhookCrashReport {
  /** Runs whose acceptance was acknowledged. */
  readonly runs: number;
  readonly kills: number;
  readonly posts: number;
  /** Posts beyond the first of an event. */
  readonly repeated: number;
  /** Runs whose end was posted never. */
  readonly missing: number;
  /** Runs of which a later event was posted before an earlier one, for the first time. */
  readonly disordered: number;
  readonly unsigned: number;
  /** Deliveries that still wait at the end. */
  readonly left: number;
}

/**
 * Submits runs to servers with a webhook, kills one of them with SIGKILL at random moments, starts it
 * again, and looks at what the endpoint was told.
 */
export async function webhookCrashScenario(options: {
  /** One for each replica. */
  readonly configs: readonly object[];
  readonly kills: number;
  readonly runsPerLife: number;
}): Promise<WebhookCrashReport> {
  const { kills, runsPerLife } = options;
  await using endpoint = await openWebhookEndpoint();
  const configs = options.configs.map((each) => ({
    ...each,
    listen: { port: 0 },
    webhooks: { reachesInside: true },
  }));
  const servers = await startAll(configs);
  const accepted: string[] = [];
  try {
    const [first] = servers;
    if (first === undefined) throw new Error("There is no server");
    const { client } = first;
    const { webhook, secret } = await client.webhooks.create({
      url: endpoint.url,
      kinds: ["run"],
    });
    for (let life = 0; life < kills; life++) {
      const at = life % configs.length;
      const submitting = submitMany(servers, { count: runsPerLife, accepted });
      await new Promise((resolve) => setTimeout(resolve, 200 + Math.random() * 900));
      await servers[at]?.kill();
      await submitting;
      servers[at] = await startServer(configs[at] ?? {});
    }
    const left = await settle(servers, { webhook: webhook.id, posts: endpoint.posts, accepted });
    return reportOf(endpoint.posts, { accepted, kills, secret, left });
  } finally {
    await Promise.all(servers.map((each) => each.stop()));
  }
}

/** One after the other: the first one makes what they share. */
async function startAll(configs: readonly object[]): Promise<ServerProcess[]> {
  const servers: ServerProcess[] = [];
  for (const config of configs) servers.push(await startServer(config));
  return servers;
}

function reportOf(
  posts: readonly Post[],
  options: {
    readonly accepted: readonly string[];
    readonly kills: number;
    readonly secret: string;
    readonly left: number;
  },
): WebhookCrashReport {
  const { accepted, kills, secret, left } = options;
  const ids = new Set(posts.map(({ headers }) => headers["webhook-id"]));
  return {
    runs: accepted.length,
    kills,
    posts: posts.length,
    repeated: posts.length - ids.size,
    missing: accepted.filter((id) => !isEnded(posts, id)).length,
    disordered: accepted.filter((id) => !isInOrder(posts, id)).length,
    unsigned: posts.filter((post) => !isSigned(post, secret)).length,
    left,
  };
}

/** Lets the servers deliver, and counts what still waits. */
async function settle(
  servers: readonly ServerProcess[],
  options: {
    readonly webhook: string;
    readonly posts: readonly Post[];
    readonly accepted: readonly string[];
  },
): Promise<number> {
  const { webhook, posts, accepted } = options;
  const client = servers[0]?.client;
  if (client === undefined) return -1;
  const isTold = () => accepted.every((id) => isEnded(posts, id));
  // What is missing in the end is counted, not thrown.
  await eventually("every end was posted", isTold, { timeoutMs: 60_000 }).catch(() => {});
  const isQuiet = async () => (await waiting(client, webhook)) === 0;
  await eventually("nothing waits", isQuiet, { timeoutMs: 20_000 }).catch(() => {});
  return waiting(client, webhook);
}

async function waiting({ webhooks }: Bedplate, webhook: string): Promise<number> {
  let count = 0;
  let cursor: string | undefined;
  do {
    const { deliveries, next } = await webhooks.deliveries(webhook, { limit: 200, cursor });
    count += deliveries.filter(({ phase }) => phase === "waiting").length;
    cursor = next;
  } while (cursor !== undefined);
  return count;
}

function isEnded(posts: readonly Post[], id: string): boolean {
  return posts.some(({ subject, type }) => subject === `run/${id}` && type === "run.done");
}

function isInOrder(posts: readonly Post[], id: string): boolean {
  const own = posts.filter(({ subject }) => subject === `run/${id}`);
  const firsts = [...new Set(own.map(({ headers }) => String(headers["webhook-id"])))];
  return firsts.join() === firsts.toSorted().join();
}

/** What the kill cuts off was not acknowledged. */
async function submitMany(
  servers: readonly ServerProcess[],
  options: { readonly count: number; readonly accepted: string[] },
): Promise<void> {
  const artifact = encodeScript({
    steps: [
      { do: "sleep", ms: 20 },
      { do: "output", text: "x" },
    ],
  });
  const submissions = Array.from({ length: options.count }, async (_, index) => {
    const server = servers[index % servers.length];
    const run = await server?.client.runs.submit({ slot: "fake", artifact });
    if (run !== undefined) options.accepted.push(run.id);
  });
  await Promise.allSettled(submissions);
}
