import type { BlobDriver, BlobEntry } from "./blob-driver.ts";
import { behindUploads, uploadPrefix } from "./blob-key.ts";

/** Where a page begins. */
export interface ListingPlace {
  /** Only keys after this text. */
  readonly after?: string | undefined;
  /** A prefix that an earlier page has shown. */
  readonly shown?: string | undefined;
}

/** Which keys to look at. */
export interface Listing {
  readonly prefix: string;
  readonly delimiter?: string | undefined;
  readonly limit: number;
}

/** What was found; `next` is there when more may follow. */
export interface ListingPage {
  readonly blobs: readonly BlobEntry[];
  readonly prefixes: readonly string[];
  readonly next?: ListingPlace | undefined;
}

/**
 * Reads one page. Keys that have the delimiter behind the prefix are rolled up to what ends with it;
 * what is rolled up counts once, and its other keys are passed over without being read.
 */
export async function readListing(
  driver: BlobDriver,
  listing: Listing,
  place: ListingPlace,
): Promise<ListingPage> {
  const { prefix, limit } = listing;
  const page = new PageOf(listing, place);
  for (;;) {
    const entries = await driver.list({ prefix, after: page.place.after, limit });
    const isWhole = page.take(entries);
    if (page.count === limit) return { ...page.found, next: page.place };
    if (isWhole && entries.length < limit) return page.found;
  }
}

/** Behind all keys that begin with a prefix, but for those that go on with the last character there is. */
const last = "\u{10ffff}";

class PageOf {
  readonly found: { readonly blobs: BlobEntry[]; readonly prefixes: string[] } = {
    blobs: [],
    prefixes: [],
  };
  readonly #listing: Listing;
  place: ListingPlace;

  constructor(listing: Listing, place: ListingPlace) {
    this.#listing = listing;
    this.place = place;
  }

  get count(): number {
    return this.found.blobs.length + this.found.prefixes.length;
  }

  /** Answers false when entries were left because the next ones lie far behind. */
  take(entries: readonly BlobEntry[]): boolean {
    for (const entry of entries) {
      if (this.count === this.#listing.limit) return false;
      if (entry.key.startsWith(uploadPrefix)) {
        this.place = { after: behindUploads };
        return false;
      }
      this.#add(entry);
    }
    return true;
  }

  #add(entry: BlobEntry): void {
    const rolled = this.#rollUp(entry.key);
    if (rolled === undefined) {
      this.found.blobs.push(entry);
      this.place = { after: entry.key };
      return;
    }
    if (rolled !== this.place.shown) this.found.prefixes.push(rolled);
    const behind = `${rolled}${last}`;
    const after = entry.key.startsWith(behind) ? entry.key : behind;
    this.place = { after, shown: rolled };
  }

  #rollUp(key: string): string | undefined {
    const { prefix, delimiter } = this.#listing;
    if (delimiter === undefined) return undefined;
    const at = key.indexOf(delimiter, prefix.length);
    return at < 0 ? undefined : key.slice(0, at + delimiter.length);
  }
}

/** Every key with a prefix, over all pages; keys of uploads too. */
export async function* entriesUnder(
  driver: BlobDriver,
  prefix: string,
): AsyncGenerator<BlobEntry, void, void> {
  const limit = driver.limits.pageMax;
  let after: string | undefined;
  for (;;) {
    const entries = await driver.list({ prefix, after, limit });
    yield* entries;
    if (entries.length < limit) return;
    after = entries.at(-1)?.key;
  }
}
