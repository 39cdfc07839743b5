import type { VirtualClock } from "@bedplate/clock";
import type { ConformanceCase } from "@bedplate/conformance";
import type { BlobStore } from "../blob-store.ts";

/** What a harness can do to a store from outside. The store's clock is `clock`. */
export interface BlobKit {
  readonly clock: VirtualClock;
  readonly seed: string;
  /** Opens the same blobs as another process would. */
  second(): Promise<BlobStore>;
  /** Bytes that the store holds beside its blobs: bodies under way and what they left. */
  strayBytes(): Promise<number>;
  /** Changes one stored byte of a blob's body behind the store's back. */
  flipByte(key: string): Promise<void>;
  /** Closes the store and opens the same one again. */
  readonly reopen?: (() => Promise<BlobStore>) | undefined;
  /** Runs `putUntilKilled` in a process that is killed without warning, and opens what is left. */
  readonly crash?: ((reportsMin: number) => Promise<Crashed>) | undefined;
}

/** What a killed writer said, and the store that it left. */
export interface Crashed {
  readonly reports: readonly string[];
  readonly store: BlobStore;
}

export type BlobCase = ConformanceCase<BlobStore, BlobKit>;

/** UTF-8 bytes. */
export function bytes(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

/** The text of a blob; null when there is none. */
export async function textOf(store: BlobStore, key: string): Promise<string | null> {
  const body = await store.get(key);
  return body && Buffer.from(body).toString();
}

/** A body that comes in chunks. */
export async function* streamOf(
  ...chunks: readonly Uint8Array[]
): AsyncGenerator<Uint8Array, void, void> {
  for (const chunk of chunks) yield chunk;
}

/** The keys of a listing, over all its pages. */
export async function keysOf(
  store: BlobStore,
  request: { readonly prefix?: string; readonly after?: string; readonly limit?: number } = {},
): Promise<readonly string[]> {
  const keys: string[] = [];
  let cursor: string | undefined;
  do {
    const page = await store.list({ ...request, cursor });
    keys.push(...page.blobs.map(({ key }) => key));
    cursor = page.next;
  } while (cursor !== undefined);
  return keys;
}

/** Everything that is visible, for comparison. */
export async function dump(store: BlobStore, kit: BlobKit): Promise<unknown> {
  const { blobs } = await store.list({ limit: store.limits.pageMax });
  return { blobs, stray: await kit.strayBytes() };
}
