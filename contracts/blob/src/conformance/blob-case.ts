import type { ConformanceCase } from "@bedplate/conformance";
import type { BlobDriver } from "../blob-driver.ts";
import { uploadPrefix } from "../blob-key.ts";
import { entriesUnder } from "../blob-listing.ts";
import type { BlobStore } from "../blob-store.ts";

/**
 * What a harness can do to a store from outside. The store's clock is `clock`, its bodies are at most
 * 1 MiB, its parts at most 64 KiB.
 */
export interface BlobKit {
  readonly clock: { now(): number; advance(ms: number): Promise<void> };
  readonly seed: string;
  /** Opens the same blobs as another process would. */
  second(): Promise<BlobStore>;
  /** Bytes that the store holds beside its blobs: bodies and uploads under way, and what they left. */
  strayBytes(): Promise<number>;
  /** Changes one stored byte of a blob's body behind the store's back. */
  readonly flipByte?: ((key: string) => Promise<void>) | undefined;
  /** Opens the same blobs without the small limits. */
  readonly large?: (() => Promise<BlobStore>) | undefined;
  /** Files, sockets and the like that the store holds now. */
  readonly handles?: (() => number) | undefined;
  /** Closes the store and opens the same one again. */
  readonly reopen?: (() => Promise<BlobStore>) | undefined;
  /** Runs `putUntilKilled` in a process that is killed without warning, and opens what is left. */
  readonly crash?: ((reportsMin: number) => Promise<Crashed>) | undefined;
  /** Opens a store whose disk takes about 1 MiB more. */
  readonly fillDisk?: (() => Promise<BlobStore>) | undefined;
  /** Breaks contact during the next write: before the store could act on it, or before it answered. */
  readonly cut?: ((when: "before-send" | "after-send") => Promise<void>) | undefined;
  /** Delays everything on the way to the store and back; 0 ends it. */
  readonly slow?: ((ms: number) => Promise<void>) | undefined;
  /** Kills what holds the blobs without warning, and starts it again. */
  readonly killEngine?: (() => Promise<void>) | undefined;
  /** Waits by the clock of whoever checks signed addresses. */
  readonly outlast?: ((ms: number) => Promise<void>) | undefined;
}

/** What a killed writer said, and the store that it left. */
export interface Crashed {
  readonly reports: readonly string[];
  readonly store: BlobStore;
}

export type BlobCase = ConformanceCase<BlobStore, BlobKit>;

/** Selects what needs deletes of one version. */
export function deletesVersions({ capabilities }: BlobStore): boolean {
  return capabilities.conditionalDelete === true;
}

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
  const { after, ...listing } = request;
  const keys: string[] = [];
  let { blobs, next } = await store.list({ ...listing, after });
  for (;;) {
    keys.push(...blobs.map(({ key }) => key));
    if (next === undefined) return keys;
    ({ blobs, next } = await store.list({ ...listing, cursor: next }));
  }
}

/** Everything that is visible, for comparison. */
export async function dump(store: BlobStore, kit: BlobKit): Promise<unknown> {
  const blobs = [];
  for (const key of await keysOf(store)) blobs.push(await store.stat(key));
  return { blobs, stray: await kit.strayBytes() };
}

/** What uploads hold in a driver; part of a kit's `strayBytes`. */
export async function uploadBytes(driver: BlobDriver): Promise<number> {
  let sum = 0;
  for await (const { sizeBytes } of entriesUnder(driver, uploadPrefix)) sum += sizeBytes;
  return sum;
}
