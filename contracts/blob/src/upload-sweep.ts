import type { BlobDriver } from "./blob-driver.ts";
import { uploadPrefix } from "./blob-key.ts";
import { entriesUnder } from "./blob-listing.ts";
import { uploadOfKey } from "./upload-record.ts";

/** Deletes uploads of which nothing was written after `beforeMs`, and what deleted ones left. */
export async function sweepUploads(driver: BlobDriver, beforeMs: number): Promise<void> {
  let keys: string[] = [];
  for await (const { key } of entriesUnder(driver, uploadPrefix)) {
    if (keys[0] !== undefined && uploadOfKey(keys[0]) !== uploadOfKey(key)) {
      await sweepUpload(driver, keys, beforeMs);
      keys = [];
    }
    keys.push(key);
  }
  await sweepUpload(driver, keys, beforeMs);
}

/** The record comes first, so that whoever still sends parts is refused from then on. */
async function sweepUpload(
  driver: BlobDriver,
  keys: readonly string[],
  beforeMs: number,
): Promise<void> {
  for (const key of keys) {
    const info = await driver.stat(key);
    if (info !== null && info.createdAt > beforeMs) return;
  }
  for (const key of keys) await driver.delete(key, undefined);
}
