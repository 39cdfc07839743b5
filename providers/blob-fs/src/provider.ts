import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { BlobDriver } from "@bedplate/blob";
import { type ProviderModule, readProviderUrl } from "@bedplate/provider";
import { defineSchema, type Schema, Type } from "@bedplate/schema";
import { openFileBlob } from "./file-blob.ts";
import { faultOfFile } from "./file-fault.ts";

const schemes = ["file"];

const settings: Schema<object> = defineSchema(Type.Object({}, { additionalProperties: false }));

/** Blobs in the folder that a URL names: `file:///var/lib/bedplate/blobs`. */
export const provider: ProviderModule<BlobDriver> = {
  contract: "blob",
  name: "blob-fs",
  schemes,
  settings: settings.jsonSchema,
  open: async (url) => openFileBlob({ path: pathOf(url) }),
  async openScratch(url) {
    const { path, made } = await makeScratch(pathOf(url));
    return {
      open: () => openFileBlob({ path }),
      async [Symbol.asyncDispose]() {
        await rm(made, { recursive: true, force: true });
      },
    };
  },
};

function pathOf(text: string): string {
  return fileURLToPath(readProviderUrl(text, { schemes, settings }).url);
}

/** A folder beside the blobs, and the outermost one that was made for it. */
async function makeScratch(
  root: string,
): Promise<{ readonly path: string; readonly made: string }> {
  try {
    const first = await mkdir(root, { recursive: true, mode: 0o700 });
    const path = await mkdtemp(join(root, "scratch-"));
    return { path, made: first ?? path };
  } catch (error) {
    throw faultOfFile(error, "provider.open");
  }
}
