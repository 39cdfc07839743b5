import { isDeepStrictEqual } from "node:util";
import type { BlobEntry, BlobInfo, BlobStore } from "@bedplate/blob";
import type { CopyProgress } from "./copy-progress.ts";

interface CopyOptions {
  readonly signal: AbortSignal;
  readonly onProgress: (progress: CopyProgress) => void;
}

/** Blobs copied at once. */
const concurrentMax = 4;

/**
 * Copies every blob that the target has not, or has with other bytes. What the target has besides
 * stays: blobs are named by their content, or by caches that know their own.
 */
export async function copyBlobs(
  from: BlobStore,
  to: BlobStore,
  options: CopyOptions,
): Promise<CopyProgress> {
  const total = { items: 0, bytes: 0, changed: 0 };
  for await (const page of pagesOf(from, options.signal)) {
    const waiting = [...page];
    const work = async () => {
      for (let info = waiting.shift(); info !== undefined; info = waiting.shift()) {
        if (await copyOne(info, { from, to, signal: options.signal })) total.changed++;
        total.items++;
        total.bytes += info.sizeBytes;
      }
    };
    await Promise.all(Array.from({ length: concurrentMax }, work));
    options.onProgress({ what: "blobs", ...total });
  }
  return { what: "blobs", ...total };
}

/** How many blobs of the source the target has not as they are. */
export async function differingBlobs(
  from: BlobStore,
  to: BlobStore,
  options: { readonly signal: AbortSignal },
): Promise<number> {
  const { signal } = options;
  let differing = 0;
  for await (const page of pagesOf(from, signal)) {
    for (const { key } of page) {
      const info = await from.stat(key, { signal });
      if (info !== null && !isSame(info, await to.stat(key, { signal }))) differing++;
    }
  }
  return differing;
}

interface CopyOne {
  readonly from: BlobStore;
  readonly to: BlobStore;
  readonly signal: AbortSignal;
}

/** Answers whether there was something to copy. A blob that is gone meanwhile is none. */
async function copyOne({ key }: BlobEntry, { from, to, signal }: CopyOne): Promise<boolean> {
  const info = await from.stat(key, { signal });
  if (info === null || isSame(info, await to.stat(key, { signal }))) return false;
  const { contentType, digest, metadata, sizeBytes } = info;
  await using reading = await from.open(key, { signal });
  await to.put(key, reading.body, {
    contentType,
    metadata,
    expect: { digest, sizeBytes },
    signal,
  });
  return true;
}

function isSame(info: BlobInfo, other: BlobInfo | null): boolean {
  const { contentType, digest, metadata } = info;
  return (
    other !== null &&
    other.digest === digest &&
    other.contentType === contentType &&
    isDeepStrictEqual(other.metadata, metadata)
  );
}

async function* pagesOf(
  store: BlobStore,
  signal: AbortSignal,
): AsyncGenerator<readonly BlobEntry[], void, void> {
  let cursor: string | undefined;
  do {
    const page = await store.list({ cursor, limit: store.limits.pageMax }, { signal });
    yield page.blobs;
    cursor = page.next;
  } while (cursor !== undefined);
}
