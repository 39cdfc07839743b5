import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import type { ProviderContract } from "@bedplate/provider";
import type { ServerConfig } from "../config.ts";

/** The URL of each provider. */
export type ProviderUrls = Readonly<Record<ProviderContract, string>>;

/**
 * The providers that a configuration names; for each contract that it does not name, an embedded one
 * in the data folder. An embedded server has a queue of its own unless one is named: what it leaves
 * open, the next server finds in the state.
 */
export function providerUrls(
  config: Pick<ServerConfig, "data" | "providers">,
  options: { readonly isEmbedded?: boolean | undefined } = {},
): ProviderUrls {
  const embedded = embeddedUrls(dataFolderOf(config), options.isEmbedded === true);
  const { state, blob, cache, queue, ingress } = config.providers;
  return {
    state: state ?? embedded.state,
    blob: blob ?? embedded.blob,
    cache: cache ?? embedded.cache,
    queue: queue ?? embedded.queue,
    ingress: ingress ?? embedded.ingress,
  };
}

/** The data folder; undefined for a server that keeps its own files in memory. */
export function dataFolderOf({ data }: Pick<ServerConfig, "data">): string | undefined {
  return data === "memory:" ? undefined : resolve(data.slice("file:".length));
}

function embeddedUrls(folder: string | undefined, isEmbedded: boolean): ProviderUrls {
  const rest = { cache: "memory:", ingress: "none:" };
  if (folder === undefined) {
    return { state: "memory:", blob: "memory:", queue: "memory:", ...rest };
  }
  const { pathname } = pathToFileURL(folder);
  return {
    state: `sqlite:${join(pathname, "state.db")}`,
    blob: `file:${join(pathname, "blobs")}`,
    queue: isEmbedded ? "memory:" : `sqlite:${join(pathname, "queue.db")}`,
    ...rest,
  };
}
