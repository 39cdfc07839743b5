import { encodeScript } from "@bedplate/environment-fake";
import type { Bedplate } from "@bedplate/sdk";
import { eventually } from "@bedplate/testkit";
import { isSigned, openWebhookEndpoint, type Post } from "../webhook-endpoint.ts";
import { startServer } from "./server-process.ts";

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
 * Submits runs to a server with a webhook, kills it with SIGKILL at random moments, starts it again, and
 * looks at what the endpoint was told..
 */
export async function webhookCrashScenario(options: {
  readonly folder: string;
  readonly kills: number;
  readonly runsPerLife: number;
}): Promise<WebhookCrashReport> {
  const { folder, kills, runsPerLife } = options;
  await using endpoint = await openWebhookEndpoint();
  const config = {
    data: `file:${folder}`,
    listen: { port: 0 },
    webhooks: { reachesInside: true },
  };
  const accepted: string[] = [];
  let secret = "";
  let webhook = "";
  for (let life = 0; life < kills; life++) {
    const server = await startServer(config);
    if (life === 0) {
      const made = await server.client.webhooks.create({ url: endpoint.url, kinds: ["run"] });
      secret = made.secret;
      webhook = made.webhook.id;
    }
    const submitting = submitMany(server.client, { count: runsPerLife, accepted });
    await new Promise((resolve) => setTimeout(resolve, 200 + Math.random() * 900));
    await server.kill();
    await submitting;
  }
  const left = await settle(config, { webhook, posts: endpoint.posts, accepted });
  const { posts } = endpoint;
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

/** Starts a last server, lets it deliver, and counts what still waits. */
async function settle(
  config: object,
  options: {
    readonly webhook: string;
    readonly posts: readonly Post[];
    readonly accepted: readonly string[];
  },
): Promise<number> {
  const { webhook, posts, accepted } = options;
  const server = await startServer(config);
  try {
    const isTold = () => accepted.every((id) => isEnded(posts, id));
    // What is missing in the end is counted, not thrown.
    await eventually("every end was posted", isTold, { timeoutMs: 40_000 }).catch(() => {});
    const isQuiet = async () => (await waiting(server.client, webhook)) === 0;
    await eventually("nothing waits", isQuiet, { timeoutMs: 20_000 }).catch(() => {});
    return await waiting(server.client, webhook);
  } finally {
    await server.stop();
  }
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

async function submitMany(
  client: Bedplate,
  options: { readonly count: number; readonly accepted: string[] },
): Promise<void> {
  const artifact = encodeScript({
    steps: [
      { do: "sleep", ms: 20 },
      { do: "output", text: "x" },
    ],
  });
  await Promise.allSettled(
    Array.from({ length: options.count }, async () => {
      const { id } = await client.runs.submit({ slot: "fake", artifact });
      options.accepted.push(id);
    }),
  );
}
