import type { BlobDriver } from "@bedplate/blob";
import { type ProviderModule, readProviderUrl } from "@bedplate/provider";
import { defineSchema, type Schema, Type } from "@bedplate/schema";
import { openMemoryBlob, openMemoryPlace } from "./memory-blob.ts";

const schemes = ["memory"];

const settings: Schema<object> = defineSchema(Type.Object({}, { additionalProperties: false }));

/** Blobs in the memory of this process: `memory:`. */
export const provider: ProviderModule<BlobDriver> = {
  contract: "blob",
  name: "blob-memory",
  schemes,
  settings: settings.jsonSchema,
  async open(url) {
    readProviderUrl(url, { schemes, settings });
    return openMemoryBlob();
  },
  async openScratch(url) {
    readProviderUrl(url, { schemes, settings });
    const place = openMemoryPlace();
    return { open: async () => place.open(), [Symbol.asyncDispose]: async () => place.clear() };
  },
};
