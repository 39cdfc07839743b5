import { type ProviderHost, type ProviderModule, readProviderUrl } from "@bedplate/provider";
import type { QueueDriver } from "@bedplate/queue";
import { defineSchema, type Schema, Type } from "@bedplate/schema";
import { MemoryQueue, makePlace } from "./memory-queue.ts";

const schemes = ["memory"];
const settings: Schema<object> = defineSchema(Type.Object({}, { additionalProperties: false }));

/** The queue contract in memory, by URL: `memory:`. */
export const provider: ProviderModule<QueueDriver> = {
  contract: "queue",
  name: "queue-memory",
  schemes,
  settings: settings.jsonSchema,
  open: async (url, host) => openerOf(url, host)(),
  async openScratch(url, host) {
    const open = openerOf(url, host);
    return { open: async () => open(), [Symbol.asyncDispose]: async () => {} };
  },
};

/** Drivers of one opener share their jobs. */
function openerOf(url: string, { clock }: ProviderHost): () => QueueDriver {
  readProviderUrl(url, { schemes, settings });
  const place = makePlace({ clock });
  return () => new MemoryQueue(place);
}
