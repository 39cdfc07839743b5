import { readFile } from "node:fs/promises";
import { raise } from "@bedplate/errors";
import { type ProviderHost, type ProviderUrl, readSecret } from "@bedplate/provider";
import type { RedisOptions } from "ioredis";
import type { RedisSettings } from "./redis-settings.ts";

const keepAliveDelayMs = 10_000;

/** Options of `ioredis`, with answers in the shapes of its first protocol. */
export type LinkOptions = RedisOptions & { readonly replyMapping?: "legacy" };

/** What `ioredis` needs to know for one connection; asked for each, so that a password may be rotated in its file. */
export async function linkOptions(
  place: ProviderUrl<RedisSettings>,
  host: ProviderHost,
): Promise<LinkOptions> {
  const { url, username, settings } = place;
  const password = await readSecret(place.password, host.variables);
  return {
    host: url.hostname === "" ? "localhost" : url.hostname.replace(/^\[(.*)\]$/, "$1"),
    port: url.port === "" ? 6379 : Number(url.port),
    db: databaseOf(url),
    ...(username !== "" && { username }),
    ...(password !== undefined && { password }),
    ...(await tlsOptions(url, settings)),
    connectTimeout: settings.connectTimeoutMs,
    keepAlive: keepAliveDelayMs,
    connectionName: "bedplate",
    disableClientInfo: true,
    protocol: 2,
    lazyConnect: true,
    enableReadyCheck: false,
    // What was in flight when a connection broke is ours to judge: nothing waits for the next
    // connection, and nothing is sent twice.
    retryStrategy: null,
    enableOfflineQueue: false,
    autoResendUnfulfilledCommands: false,
    autoResubscribe: false,
    maxRetriesPerRequest: 0,
  };
}

function databaseOf({ pathname }: URL): number {
  const text = pathname.slice(1);
  if (/^\d{0,5}$/.test(text)) return Number(text);
  throw refuse("", { rule: "path is the number of a database", what: `${text} is no database` });
}

async function tlsOptions(
  { protocol }: URL,
  { caFile }: RedisSettings,
): Promise<Pick<RedisOptions, "tls">> {
  if (protocol === "rediss:") {
    return { tls: { rejectUnauthorized: true, ca: await readCa(caFile) } };
  }
  if (caFile === undefined) return {};
  throw refuse("/caFile", { rule: "rediss: with caFile", what: "caFile is there, and no TLS" });
}

async function readCa(path: string | undefined): Promise<string | undefined> {
  if (path === undefined) return undefined;
  try {
    return await readFile(path, "utf8");
  } catch (cause) {
    throw refuse("/caFile", { rule: "readable file", what: `${path} cannot be read`, cause });
  }
}

function refuse(
  path: string,
  { rule, what, cause }: { readonly rule: string; readonly what: string; readonly cause?: unknown },
): Error {
  return raise("argument.invalid", {
    op: "provider.open",
    detail: { path, rule },
    message: `Cannot open Redis: ${what}`,
    blame: "operator",
    cause,
  });
}
