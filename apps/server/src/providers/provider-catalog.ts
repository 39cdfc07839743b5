import type { BlobDriver } from "@bedplate/blob";
import type { CacheDriver } from "@bedplate/cache";
import { raise } from "@bedplate/errors";
import type { IngressDriver } from "@bedplate/ingress";
import type { ProviderContract, ProviderModule } from "@bedplate/provider";
import type { QueueDriver } from "@bedplate/queue";
import { nearestName } from "@bedplate/schema";
import type { StateDriver } from "@bedplate/state";
import { loadModules } from "./load-modules.ts";

/** What an implementer of each contract writes. */
export interface Drivers {
  readonly state: StateDriver;
  readonly blob: BlobDriver;
  readonly cache: CacheDriver;
  readonly queue: QueueDriver;
  readonly ingress: IngressDriver;
}

interface Entry<C extends ProviderContract> {
  readonly schemes: readonly string[];
  /** Loaded when a URL asks for it: a client library is dear to load. */
  load(): Promise<{ readonly provider: ProviderModule<Drivers[C]> }>;
}

/** Every provider of this distribution, by contract. */
const catalog: { readonly [C in ProviderContract]: readonly Entry<C>[] } = {
  state: [
    { schemes: ["memory"], load: () => import("@bedplate/state-memory") },
    { schemes: ["sqlite"], load: () => import("@bedplate/state-sqlite") },
    { schemes: ["postgres", "postgresql"], load: () => import("@bedplate/state-postgres") },
  ],
  blob: [
    { schemes: ["memory"], load: () => import("@bedplate/blob-memory") },
    { schemes: ["file"], load: () => import("@bedplate/blob-fs") },
    { schemes: ["s3"], load: () => import("@bedplate/blob-s3") },
  ],
  cache: [
    { schemes: ["memory"], load: () => import("@bedplate/cache-memory") },
    { schemes: ["redis", "rediss"], load: () => import("@bedplate/cache-redis") },
  ],
  queue: [
    { schemes: ["memory"], load: () => import("@bedplate/queue-memory") },
    { schemes: ["sqlite"], load: () => import("@bedplate/queue-sqlite") },
    { schemes: ["postgres", "postgresql"], load: () => import("@bedplate/queue-postgres") },
    { schemes: ["redis", "rediss"], load: () => import("@bedplate/queue-redis") },
  ],
  ingress: [
    { schemes: ["none"], load: () => import("@bedplate/ingress-none") },
    { schemes: ["proxy"], load: () => import("@bedplate/ingress-proxy") },
    { schemes: ["haproxy"], load: () => import("@bedplate/ingress-haproxy") },
  ],
};

/** The contracts, in the order in which people read them. */
export const providerContracts = Object.keys(catalog) as readonly ProviderContract[];

/** The provider of a URL: one of the modules that an operator named, or one of this distribution. */
export async function findProvider<C extends ProviderContract>(
  contract: C,
  url: string,
  options: { readonly modules?: readonly string[] | undefined } = {},
): Promise<ProviderModule<Drivers[C]>> {
  const scheme = schemeOf(url);
  const own = (await loadModules(options.modules ?? [])).filter(
    (each) => each.contract === contract,
  );
  const named = own.find(({ schemes }) => schemes.includes(scheme));
  if (named !== undefined) return named as ProviderModule<Drivers[C]>;
  const entry = catalog[contract].find(({ schemes }) => schemes.includes(scheme));
  if (entry === undefined) throw unknownScheme(contract, scheme, own);
  return (await entry.load()).provider;
}

/** The contracts that have a provider for the scheme of a URL. */
export async function contractsOf(
  url: string,
  options: { readonly modules?: readonly string[] | undefined } = {},
): Promise<readonly ProviderContract[]> {
  const scheme = schemeOf(url);
  const modules = await loadModules(options.modules ?? []);
  return providerContracts.filter(
    (contract) =>
      catalog[contract].some(({ schemes }) => schemes.includes(scheme)) ||
      modules.some((each) => each.contract === contract && each.schemes.includes(scheme)),
  );
}

/** The providers of the modules that an operator named, then those of this distribution, loaded. */
export async function allProviders(
  options: { readonly modules?: readonly string[] | undefined } = {},
): Promise<readonly ProviderModule<AsyncDisposable>[]> {
  const entries = providerContracts.flatMap((contract) => [...catalog[contract]]);
  const loaded: Promise<{ readonly provider: ProviderModule<AsyncDisposable> }>[] = entries.map(
    (each) => each.load(),
  );
  const own = await loadModules(options.modules ?? []);
  return [...own, ...(await Promise.all(loaded)).map(({ provider }) => provider)];
}

function schemeOf(url: string): string {
  return /^[a-z][a-z0-9+.-]*(?=:)/.exec(url)?.[0] ?? "";
}

function unknownScheme(
  contract: ProviderContract,
  scheme: string,
  own: readonly { readonly schemes: readonly string[] }[],
): Error {
  const known = [...own, ...catalog[contract]].flatMap(({ schemes }) => [...schemes]);
  const nearest = nearestName(scheme, known);
  const rule = `must begin with one of ${known.map((each) => `${each}:`).join(", ")}`;
  return raise("argument.invalid", {
    op: "provider.open",
    detail: { path: `/providers/${contract}`, rule },
    message: `Cannot open the ${contract} provider: its URL ${rule}${nearest === undefined ? "" : `; is it "${nearest}:"?`}`,
    blame: "operator",
  });
}
