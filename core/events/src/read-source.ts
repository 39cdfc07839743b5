import { isFault } from "@bedplate/errors";
import { type StateEntry, textOfKey } from "@bedplate/state";
import { type EventGroup, type EventSource, eventOf } from "./event-source.ts";
import type { ProjectEvent } from "./project-event.ts";
import { listRecords, type RecordBatch } from "./record-batch.ts";

/** Which part of a source to read. */
export interface SourceRange {
  readonly after: number;
  /** Only of this project; default: of all. */
  readonly project?: string | undefined;
  readonly fits: (event: ProjectEvent) => boolean;
  /** Stops after so many events. */
  readonly eventsMax: number;
  /** What was forgotten is read from the records as they are now, instead of a fault. */
  readonly isComplete: boolean;
  /** Ends the ids of events; empty: nothing does. */
  readonly epoch: string;
  readonly signal: AbortSignal;
}

/** What was read, and up to which revision. */
export interface SourceRead {
  readonly groups: readonly EventGroup[];
  readonly end: number;
  readonly isAtEnd: boolean;
}

/** How many commits one read looks at, whoever they are of. */
const commitsMax = 10_000;

/** By the mark of its source: what a look at the records found, for the pages after it. */
export type RecordBatches = Map<string, RecordBatch>;

/** The events of a source after a revision, commit by commit. */
export async function readSource(
  source: EventSource,
  range: SourceRange,
  batches: RecordBatches,
): Promise<SourceRead> {
  try {
    const read = await readHistory(source, range);
    if (range.isComplete) batches.delete(source.mark);
    return read;
  } catch (error) {
    if (!range.isComplete || !isFault(error, "watch.compacted")) throw error;
    return readRecords(source, range, batches);
  }
}

async function readHistory(source: EventSource, range: SourceRange): Promise<SourceRead> {
  const { state } = source;
  const { after, eventsMax, signal } = range;
  const head = await state.head({ signal });
  const groups: EventGroup[] = [];
  if (after === head) return { groups, end: after, isAtEnd: true };
  let seen = 0;
  let told = 0;
  // Without a prefix every commit is shown, so this ends at the head.
  for await (const { revision, changes } of state.watch({ after }, { signal })) {
    const events = eventsOf(
      source,
      changes.map(({ entry }) => entry),
      range,
    );
    if (events.length > 0) groups.push({ revision, events });
    told += events.length;
    seen += 1;
    const isAtEnd = revision >= head;
    if (isAtEnd || seen >= commitsMax || told >= eventsMax)
      return { groups, end: revision, isAtEnd };
  }
  return { groups, end: after, isAtEnd: false };
}

/** The same from what is there now: of what changed twice, the last change. One look serves many pages. */
async function readRecords(
  source: EventSource,
  range: SourceRange,
  batches: RecordBatches,
): Promise<SourceRead> {
  const { after } = range;
  const kept = batches.get(source.mark);
  const isKept = kept !== undefined && kept.after <= after && after < kept.end;
  const batch = isKept ? kept : await listRecords(source, range);
  batches.set(source.mark, batch);
  const entries = batch.entries.filter(({ revision }) => revision > after);
  const groups = [...Map.groupBy(entries, ({ revision }) => revision)]
    .map(([revision, written]) => ({ revision, events: eventsOf(source, written, range) }))
    .filter(({ events }) => events.length > 0);
  return { groups, end: batch.end, isAtEnd: batch.isAtEnd };
}

/** Numbered among all that a commit wrote, so that an id is the same for whoever asks. */
function eventsOf(
  source: EventSource,
  entries: readonly (StateEntry | null)[],
  { project, fits, epoch }: SourceRange,
): readonly ProjectEvent[] {
  const prefix = project === undefined ? source.prefix : `${source.prefix}${project}/`;
  return entries
    .filter((entry) => entry !== null)
    .filter(({ key }) => textOfKey(key).startsWith(source.prefix))
    .map((entry, index) => ({ entry, index }))
    .filter(({ entry }) => textOfKey(entry.key).startsWith(prefix))
    .map(({ entry, index }) => eventOf(source, entry, { index, epoch }))
    .filter((event) => event !== undefined)
    .filter(fits);
}
