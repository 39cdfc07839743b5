import { readFile } from "node:fs/promises";
import type { ConnectionOptions } from "node:tls";
import { raise } from "@bedplate/errors";
import { type ProviderHost, type ProviderUrl, readSecret } from "@bedplate/provider";
import type { PoolConfig } from "pg";
import type { PostgresSettings, SslMode } from "./postgres-settings.ts";
import { typeParsers } from "./type-parsers.ts";

/** A transaction that its client forgot is ended by the engine after this. */
const idleInTransactionTimeoutMs = 60_000;
const idleConnectionTimeoutMs = 30_000;
const keepAliveDelayMs = 10_000;

/** Parameters of the engine for every connection of a pool, for example `{ jit: "off" }`. */
export type SessionSettings = Readonly<Record<string, string>>;

/**
 * For providers whose every statement finds its rows by an index. Plans are kept with the connection,
 * and one that was made while a table was small would read all of it when it is large, until statistics
 * are made anew.
 */
export const indexedPlans: SessionSettings = {
  enable_seqscan: "off",
  enable_bitmapscan: "off",
  enable_hashjoin: "off",
  enable_mergejoin: "off",
  enable_material: "off",
  plan_cache_mode: "force_generic_plan",
  jit: "off",
};

/** What `pg` needs to know to open connections. */
export async function connectionOptions(
  place: ProviderUrl<PostgresSettings>,
  host: ProviderHost,
  session: SessionSettings = {},
): Promise<PoolConfig> {
  const { url, settings } = place;
  return {
    host: hostOf(url),
    port: url.port === "" ? 5432 : Number(url.port),
    user: place.username === "" ? "postgres" : place.username,
    database: decodeURIComponent(url.pathname.slice(1)) || "postgres",
    password: () => readPassword(place, host),
    ssl: await tlsOptions(url, settings),
    max: settings.poolMax,
    connectionTimeoutMillis: settings.connectTimeoutMs,
    statement_timeout: settings.statementTimeoutMs,
    idle_in_transaction_session_timeout: idleInTransactionTimeoutMs,
    idleTimeoutMillis: idleConnectionTimeoutMs,
    keepAlive: true,
    keepAliveInitialDelayMillis: keepAliveDelayMs,
    application_name: "bedplate",
    // Names in statements mean the schema of the URL, on every connection from its first moment.
    options: Object.entries({ ...session, search_path: settings.schema })
      .map(([name, value]) => `-c ${name}=${value}`)
      .join(" "),
    // Statements that are issued without waiting travel together.
    pipeline: true,
    types: typeParsers,
    // A pool that nobody closed keeps no process alive.
    allowExitOnIdle: true,
  };
}

/** Asked by each connection, so that a password may be rotated in its file. */
async function readPassword(
  { password }: ProviderUrl<PostgresSettings>,
  host: ProviderHost,
): Promise<string> {
  const found = await readSecret(password, host.variables);
  if (found !== undefined && found !== "") return found;
  throw raise("provider.denied", {
    op: "provider.open",
    detail: { provider: "postgres" },
    message: "Cannot use PostgreSQL: it asks for a password, and its URL names none",
  });
}

async function tlsOptions(
  url: URL,
  { sslMode, caFile }: PostgresSettings,
): Promise<ConnectionOptions | false> {
  const mode = sslMode ?? defaultSslMode(url, caFile);
  if (caFile !== undefined && mode !== "verify-full") throw caWithoutVerifying(mode);
  if (mode === "disable") return false;
  if (mode === "require") return { rejectUnauthorized: false };
  return { rejectUnauthorized: true, ca: caFile === undefined ? undefined : await readCa(caFile) };
}

function defaultSslMode(url: URL, caFile: string | undefined): SslMode {
  const isHere = /^(localhost|127(\.\d+){3}|::1)$/.test(hostOf(url));
  return isHere && caFile === undefined ? "disable" : "verify-full";
}

function hostOf({ hostname }: URL): string {
  return hostname === "" ? "localhost" : hostname.replace(/^\[(.*)\]$/, "$1");
}

async function readCa(path: string): Promise<string> {
  try {
    return await readFile(path, "utf8");
  } catch (cause) {
    throw refuse("/caFile", { rule: "readable file", what: `${path} cannot be read`, cause });
  }
}

function caWithoutVerifying(mode: SslMode): Error {
  const what = `caFile is there, and sslMode is ${mode}, which verifies nothing`;
  return refuse("/sslMode", { rule: "verify-full with caFile", what });
}

function refuse(
  path: string,
  { rule, what, cause }: { readonly rule: string; readonly what: string; readonly cause?: unknown },
): Error {
  return raise("argument.invalid", {
    op: "provider.open",
    detail: { path, rule },
    message: `Cannot open PostgreSQL: ${what}`,
    blame: "operator",
    cause,
  });
}
