import { type CborValue, type CursorScope, openCursor, sealCursor } from "@bedplate/codec";
import { raise } from "@bedplate/errors";
import type { DriverRange, Revision, StateEntry, StateLimits } from "./state-driver.ts";
import { encodeBound, endOfPrefix, type StateKey } from "./state-key.ts";

/** Which keys to list. `prefix` and `start`..`end` (before `end`) narrow each other. */
export interface ListRequest {
  readonly prefix?: StateKey | undefined;
  readonly start?: StateKey | undefined;
  readonly end?: StateKey | undefined;
  readonly reverse?: boolean | undefined;
  /** Most entries per page. Default: 100. */
  readonly limit?: number | undefined;
  /** `next` of the page before, of a listing with the same other members. */
  readonly cursor?: string | undefined;
  /**
   * As it was after this revision; needs `capabilities.snapshotReads`. All pages of a listing have
   * the same. Default: each page as it is when it is read.
   */
  readonly at?: Revision | undefined;
}

/** A request, checked, and what seals the cursors of its listing. */
export interface Listing {
  readonly range: DriverRange;
  readonly scope: CursorScope;
}

interface ListContext {
  readonly namespace: string;
  readonly secret: Uint8Array;
  readonly limits: StateLimits;
}

const pageDefault = 100;

/** Checks a request and finds where its page begins. */
export function planListing(request: ListRequest, context: ListContext): Listing {
  const limit = request.limit ?? Math.min(pageDefault, context.limits.pageMax);
  if (!Number.isInteger(limit) || limit < 1 || limit > context.limits.pageMax) {
    throw refuse("/limit", `must be a whole number from 1 to ${context.limits.pageMax}`);
  }
  const whole = wholeRange(request);
  const { start, end, reverse, at } = whole;
  const place = ["state.list", context.namespace, start, end, reverse] satisfies CborValue;
  const scope = { secret: context.secret, listing: at === undefined ? place : [...place, at] };
  if (request.cursor === undefined) return { range: { ...whole, limit }, scope };
  return { range: { ...continued(whole, request.cursor, scope), limit }, scope };
}

/** The cursor after a page; `undefined` when the page was not full. */
export function cursorAfter(entries: readonly StateEntry[], listing: Listing): string | undefined {
  const last = entries.at(-1);
  if (last === undefined || entries.length < listing.range.limit) return undefined;
  return sealCursor(last.key, listing.scope);
}

type WholeRange = Omit<DriverRange, "limit">;

function wholeRange(request: ListRequest): WholeRange {
  const prefix = encodeBound(request.prefix ?? "");
  const start = encodeBound(request.start ?? "");
  const prefixEnd = endOfPrefix(prefix);
  const end = request.end === undefined ? null : encodeBound(request.end);
  return {
    start: Buffer.compare(prefix, start) > 0 ? prefix : start,
    end: lower(prefixEnd, end),
    reverse: request.reverse ?? false,
    ...(request.at !== undefined && { at: request.at }),
  };
}

function continued(range: WholeRange, cursor: string, scope: CursorScope): WholeRange {
  const last = openCursor(cursor, scope);
  if (!(last instanceof Uint8Array)) throw refuse("/cursor", "is not of this listing");
  if (range.reverse) return { ...range, end: last };
  // The next key in byte order is the last one with a zero byte behind it.
  const start = new Uint8Array(last.byteLength + 1);
  start.set(last);
  return { ...range, start };
}

function lower(a: Uint8Array | null, b: Uint8Array | null): Uint8Array | null {
  if (a === null || b === null) return a ?? b;
  return Buffer.compare(a, b) < 0 ? a : b;
}

function refuse(path: string, rule: string): Error {
  return raise("argument.invalid", {
    op: "state.list",
    detail: { path, rule },
    message: `Cannot list: ${path} ${rule}`,
  });
}
