import { type CacheDriver, cacheLimitsDefault } from "@bedplate/cache";
import {
  type ProviderHost,
  type ProviderModule,
  readProviderUrl,
  type ScratchPlace,
} from "@bedplate/provider";
import { defineSchema, type Schema, Type } from "@bedplate/schema";
import { bytesMaxDefault, MemoryCache, makePlace } from "./memory-cache.ts";
import { MissingCache } from "./missing-cache.ts";

interface MemoryCacheSettings {
  /** 0: the cache keeps nothing, and every lookup misses. */
  readonly bytesMax: number;
}

const settings: Schema<MemoryCacheSettings> = defineSchema(
  Type.Object(
    { bytesMax: Type.Integer({ minimum: 0, maximum: 2 ** 40, default: bytesMaxDefault }) },
    { additionalProperties: false },
  ),
);

const schemes = ["memory"];

/** The cache contract in memory, by URL: `memory:` or `memory:?bytesMax=0`. */
export const provider: ProviderModule<CacheDriver> = {
  contract: "cache",
  name: "cache-memory",
  schemes,
  settings: settings.jsonSchema,
  open: async (url, host) => openerOf(url, host)(),
  async openScratch(url, host): Promise<ScratchPlace<CacheDriver>> {
    const open = openerOf(url, host);
    return { open: async () => open(), [Symbol.asyncDispose]: async () => {} };
  },
};

/** Drivers of one opener share what they keep. */
function openerOf(url: string, { clock }: ProviderHost): () => CacheDriver {
  const { bytesMax } = readProviderUrl(url, { schemes, settings }).settings;
  if (bytesMax === 0) return () => new MissingCache(cacheLimitsDefault);
  const place = makePlace({ clock, bytesMax });
  return () => new MemoryCache(place);
}
