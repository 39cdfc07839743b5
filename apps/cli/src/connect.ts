import { isFault, raise } from "@bedplate/errors";
import { Bedplate } from "@bedplate/sdk";
import type { ServerConfig } from "@bedplate/server/settings";
import { silentLog } from "@bedplate/telemetry";
import { type Invocation, textOption } from "./command.ts";
import { announcedServer, ownerKey } from "./data-folder.ts";
import { folderOf, settingsOf } from "./settings.ts";
import { withProgress } from "./terminal.ts";
import { UsageError } from "./usage-error.ts";

/** A client, and the embedded server behind it where there is one. */
export interface Connection extends AsyncDisposable {
  readonly client: Bedplate;
  /** The server lives in this process, and ends with the connection. */
  readonly isEmbedded: boolean;
}

export interface ConnectOptions {
  /** What an embedded server mounts; default: everything. */
  readonly slots?: readonly string[] | undefined;
  /** What the command does makes sense only where a server goes on running. */
  readonly isServerNeeded?: boolean | undefined;
}

/** How long a server that left word may take to answer. */
const probeTimeoutMs = 1_000;

/** The server that was named, or the one that runs on the data folder, or one in this process. */
export async function connect(
  invocation: Invocation,
  options: ConnectOptions = {},
): Promise<Connection> {
  const url = textOption(invocation, "url") ?? process.env["BEDPLATE_URL"];
  const key = textOption(invocation, "key") ?? process.env["BEDPLATE_KEY"];
  if (url !== undefined) return remote({ url, key });
  const config = settingsOf(invocation);
  const folder = folderOf(config);
  const running = folder === undefined ? undefined : await probe(announcedServer(folder));
  if (running !== undefined && folder !== undefined) {
    return remote({ url: running, key: key ?? ownerKey(folder) });
  }
  if (options.isServerNeeded === true) throw noServer(folder);
  return withProgress(
    invocation.terminal,
    "preparing environments",
    embed(invocation, { config, slots: options.slots }),
  );
}

function remote(options: { readonly url: string; readonly key?: string | undefined }): Connection {
  if (!/^https?:\/\//.test(options.url) || !URL.canParse(options.url))
    throw new UsageError(
      `--url ${options.url} is not the URL of a server, such as http://host:7420`,
    );
  const fetch = (request: Request) => reach(request, options.url);
  const client = new Bedplate({ ...options, fetch });
  return { client, isEmbedded: false, [Symbol.asyncDispose]: async () => {} };
}

/** A server that does not answer is a fault with a name, not a "fetch failed". */
async function reach(request: Request, url: string): Promise<Response> {
  try {
    return await fetch(request);
  } catch (cause) {
    if (request.signal.aborted) throw cause;
    throw raise("provider.unavailable", {
      op: "cli.connect",
      detail: { provider: "server" },
      message: `Cannot reach the server ${url}: ${reasonOf(cause)}`,
      cause,
    });
  }
}

function reasonOf(error: unknown): string {
  const { cause = error } = error as { readonly cause?: unknown };
  const { code, message } = cause as { readonly code?: string; readonly message?: string };
  return code ?? message ?? "no answer";
}

/** A server in this process; in memory where another process holds the data folder. */
async function embed(
  invocation: Invocation,
  options: ConnectOptions & { readonly config: ServerConfig },
): Promise<Connection> {
  const { config, slots } = options;
  // A variable's key is for the server that another variable names; an option's is for this call.
  const key = textOption(invocation, "key");
  try {
    return await openEmbedded(config, { slots, key });
  } catch (error) {
    if (!isFault(error, "resource.busy")) throw error;
    invocation.terminal.err(
      "bedplate: another process holds the data folder; this is not recorded\n",
    );
    return openEmbedded({ ...config, data: "memory:" }, { slots });
  }
}

async function openEmbedded(
  config: ServerConfig,
  options: { readonly slots: ConnectOptions["slots"]; readonly key?: string | undefined },
): Promise<Connection> {
  const { slots } = options;
  // All that a server is made of is loaded where there is to be one in this process, and only there.
  const { openServer } = await import("@bedplate/server/open");
  const server = await openServer(config, { slots, log: silentLog, isEmbedded: true });
  const fetch = (request: Request) => server.fetch(request);
  const key = options.key ?? server.adminKey;
  const client = new Bedplate({ url: "http://embedded", key, fetch });
  const failed = server.missing.find((each) => slots?.includes(each.slot));
  if (failed !== undefined) {
    await server[Symbol.asyncDispose]();
    throw unmounted(failed);
  }
  return { client, isEmbedded: true, [Symbol.asyncDispose]: () => server[Symbol.asyncDispose]() };
}

function unmounted(missing: { readonly slot: string; readonly reason: string }): Error {
  const { slot, reason } = missing;
  return raise("environment.unhealthy", {
    op: "environment.mount",
    subject: `slot/${slot}`,
    retry: "never",
    detail: { reason },
    message: `Cannot mount ${slot}: ${reason}`,
  });
}

function noServer(folder: string | undefined): Error {
  const place = folder === undefined ? "memory" : folder;
  return raise("resource.missing", {
    op: "cli.connect",
    detail: { type: "server", id: place },
    message: `Cannot find a server on ${place}: start one with "bedplate up", or name one with --url`,
  });
}

async function probe(url: string | undefined): Promise<string | undefined> {
  if (url === undefined) return undefined;
  try {
    const answer = await fetch(new URL("/healthz", url), {
      signal: AbortSignal.timeout(probeTimeoutMs),
    });
    return answer.ok ? url : undefined;
  } catch {
    return undefined;
  }
}
