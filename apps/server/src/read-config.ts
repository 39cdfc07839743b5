import { readFileSync } from "node:fs";
import { raise } from "@bedplate/errors";
import { isSecretName, maskProviderUrl } from "@bedplate/provider";
import { nearestName } from "@bedplate/schema";
import { type ServerConfig, serverConfigSchema } from "./config.ts";

/** The environment variables that a config can come from, and the member that each one sets. */
export const configVariables: Readonly<Record<string, string>> = {
  BEDPLATE_HOST: "/listen/host",
  BEDPLATE_PORT: "/listen/port",
  BEDPLATE_URL_ADVERTISED: "/listen/url",
  BEDPLATE_DOMAIN: "/domain",
  BEDPLATE_DOMAIN_CERTIFICATE: "/domainCertificate",
  BEDPLATE_DATA: "/data",
  BEDPLATE_STATE_URL: "/providers/state",
  BEDPLATE_BLOB_URL: "/providers/blob",
  BEDPLATE_CACHE_URL: "/providers/cache",
  BEDPLATE_QUEUE_URL: "/providers/queue",
  BEDPLATE_INGRESS_URL: "/providers/ingress",
  BEDPLATE_LOG_LEVEL: "/logLevel",
  BEDPLATE_CONCURRENT_RUNS: "/limits/concurrentRuns",
  BEDPLATE_OTLP_URL: "/telemetry/otlpUrl",
};

/** Where a config comes from: later ones win over earlier ones. */
export interface ConfigSources {
  readonly file?: string | undefined;
  readonly variables: Readonly<Record<string, string | undefined>>;
  /** By JSON pointer, for example `{ "/listen/port": 0 }`. */
  readonly options?: Readonly<Record<string, string | number | boolean>> | undefined;
}

/** Reads, merges and checks a config; `argument.invalid` names the member that is wrong. */
export function readConfig(sources: ConfigSources): ServerConfig {
  const value = sources.file === undefined ? {} : readFile(sources.file);
  for (const [name, pointer] of Object.entries(configVariables)) {
    const text = sources.variables[name];
    if (text !== undefined && text !== "")
      setAt(value, pointer, /^\d+$/.test(text) ? Number(text) : text);
  }
  for (const [pointer, each] of Object.entries(sources.options ?? {})) setAt(value, pointer, each);
  return checkConfig(value);
}

/** Checks a config that is a value already. */
export function checkConfig(value: unknown): ServerConfig {
  try {
    return serverConfigSchema.parse(value, { what: "the configuration", op: "config.read" });
  } catch (error) {
    throw withSuggestion(error);
  }
}

/** The config with everything that is secret masked, for people. */
export function maskConfig(config: ServerConfig): unknown {
  const masked = JSON.parse(JSON.stringify(config), (name, value: unknown) =>
    isSecretName(name) ? "***" : value,
  );
  const { modules, ...urls } = config.providers;
  const maskedUrls = Object.entries(urls).map(([contract, url]) => [
    contract,
    url && maskProviderUrl(url),
  ]);
  return { ...masked, providers: { ...Object.fromEntries(maskedUrls), modules } };
}

function readFile(path: string): Record<string, unknown> {
  try {
    return JSON.parse(readFileSync(path, "utf8")) as Record<string, unknown>;
  } catch (cause) {
    throw raise("argument.invalid", {
      op: "config.read",
      detail: { path: "", rule: "JSON file" },
      message: `Cannot read the configuration ${path}: ${cause instanceof Error ? cause.message : "it is no JSON"}`,
      cause,
    });
  }
}

function setAt(target: Record<string, unknown>, pointer: string, value: unknown): void {
  const names = pointer.slice(1).split("/");
  const last = names.pop() ?? "";
  let place = target;
  for (const name of names) {
    place[name] ??= {};
    place = place[name] as Record<string, unknown>;
  }
  place[last] = value;
}

/** An unknown key gets the known one that is nearest to it. */
function withSuggestion(error: unknown): unknown {
  const { fault } = error as { readonly fault?: { readonly detail: { readonly path?: string } } };
  const path = fault?.detail.path ?? "";
  const isUnknownKey = error instanceof Error && error.message.includes("is not a known key");
  const nearest = nearestName(
    path.split("/").at(-1) ?? "",
    knownKeys(serverConfigSchema.jsonSchema),
  );
  if (!isUnknownKey || nearest === undefined) return error;
  return raise("argument.invalid", {
    op: "config.read",
    detail: { path, rule: "is not a known key" },
    message: `Cannot accept the configuration: ${path} is not a known key; is it "${nearest}"?`,
  });
}

function knownKeys(schema: unknown): readonly string[] {
  const properties = (schema as { readonly properties?: Record<string, unknown> }).properties ?? {};
  return Object.entries(properties).flatMap(([name, each]) => [name, ...knownKeys(each)]);
}
