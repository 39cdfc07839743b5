import { BlobStore } from "@bedplate/blob";
import { CacheStore } from "@bedplate/cache";
import { systemClock } from "@bedplate/clock";
import { IngressProvider } from "@bedplate/ingress";
import type { ProviderContract, ProviderHost } from "@bedplate/provider";
import { WorkQueue } from "@bedplate/queue";
import { StateStore } from "@bedplate/state";
import type { Log } from "@bedplate/telemetry";
import type { ServerConfig } from "../config.ts";
import { makeFolder } from "../make-folder.ts";
import { cursorSecretOf } from "./cursor-secret.ts";
import { type Drivers, findProvider } from "./provider-catalog.ts";
import { dataFolderOf, providerUrls } from "./provider-urls.ts";

/** Where everything is kept. */
export interface Providers extends AsyncDisposable {
  readonly state: StateStore;
  readonly blobs: BlobStore;
  readonly cache: CacheStore;
  readonly queue: WorkQueue;
  readonly ingress: IngressProvider;
  /** The folder for the files of this process alone. */
  readonly folder?: string | undefined;
}

export interface OpenProvidersOptions {
  readonly log: Log;
  readonly isEmbedded?: boolean | undefined;
}

/** Opens the five providers of a configuration; closed in the opposite order. */
export async function openProviders(
  config: Pick<ServerConfig, "data" | "providers">,
  options: OpenProvidersOptions,
): Promise<Providers> {
  const folder = dataFolderOf(config);
  if (folder !== undefined) makeFolder(folder);
  const urls = providerUrls(config, options);
  const host: ProviderHost = {
    clock: systemClock,
    log: options.log.child({ module: "providers" }),
    variables: process.env,
  };
  const open = async <C extends ProviderContract>(contract: C): Promise<Drivers[C]> => {
    const { modules } = config.providers;
    const provider = await findProvider(contract, urls[contract], { modules });
    return provider.open(urls[contract], host);
  };
  await using opened = new AsyncDisposableStack();
  const stateDriver = opened.use(await open("state"));
  const cursorSecret = await cursorSecretOf(new StateStore(stateDriver));
  const state = opened.use(new StateStore(stateDriver, { cursorSecret }));
  const blobs = opened.use(new BlobStore(await open("blob"), { cursorSecret }));
  const cache = opened.use(new CacheStore(await open("cache")));
  const queue = opened.use(new WorkQueue(await open("queue"), { cursorSecret }));
  const ingress = opened.use(new IngressProvider(await open("ingress"), { cursorSecret }));
  const resources = opened.move();
  return {
    state,
    blobs,
    cache,
    queue,
    ingress,
    folder,
    [Symbol.asyncDispose]: () => resources.disposeAsync(),
  };
}
