import type { StateEntry } from "@bedplate/state";
import type { EventSource } from "./event-source.ts";

/** Records as they are now, in the order of their last changes. */
export interface RecordBatch {
  /** It holds what changed after this, */
  readonly after: number;
  /** up to this. */
  readonly end: number;
  /** Nothing had changed later when it was made. */
  readonly isAtEnd: boolean;
  readonly entries: readonly StateEntry[];
}

/** How many records are kept of one look at all of them. */
const recordsMax = 2_000;

/** Looks at all records, and keeps those that changed first after a revision. */
export async function listRecords(
  { state, prefix }: EventSource,
  { after, signal }: { readonly after: number; readonly signal: AbortSignal },
): Promise<RecordBatch> {
  const head = await state.head({ signal });
  let found: StateEntry[] = [];
  let isCut = false;
  for await (const entry of state.listAll({ prefix }, { signal })) {
    if (entry.revision <= after || entry.revision > head) continue;
    found.push(entry);
    if (found.length < 2 * recordsMax) continue;
    found = cutAt(sorted(found), recordsMax);
    isCut = true;
  }
  isCut ||= found.length > recordsMax;
  const entries = cutAt(sorted(found), recordsMax);
  return {
    after,
    entries,
    end: isCut ? (entries.at(-1)?.revision ?? head) : head,
    isAtEnd: !isCut,
  };
}

function sorted(entries: readonly StateEntry[]): StateEntry[] {
  return entries.toSorted((a, b) => a.revision - b.revision);
}

/** The first entries; those of one commit stay together. */
function cutAt(entries: readonly StateEntry[], count: number): StateEntry[] {
  const last = entries[count - 1]?.revision ?? Number.POSITIVE_INFINITY;
  return entries.filter(({ revision }) => revision <= last);
}
