import { isFault } from "@bedplate/errors";
import { type StateEntry, textOfKey } from "@bedplate/state";
import { type EventGroup, type EventSource, eventOf } from "./event-source.ts";
import type { ProjectEvent } from "./project-event.ts";

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

/** The events of a source after a revision, commit by commit. */
export async function readSource(source: EventSource, range: SourceRange): Promise<SourceRead> {
  try {
    return await readHistory(source, range);
  } catch (error) {
    if (!range.isComplete || !isFault(error, "watch.compacted")) throw error;
    return readRecords(source, range);
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

/** The same from what is there now: of what changed twice, the last change. */
async function readRecords(source: EventSource, range: SourceRange): Promise<SourceRead> {
  const { state, prefix } = source;
  const { after, project, eventsMax, signal } = range;
  const head = await state.head({ signal });
  const from = project === undefined ? prefix : `${prefix}${project}/`;
  let found: StateEntry[] = [];
  let isCut = false;
  const byRevision = (a: StateEntry, b: StateEntry) => a.revision - b.revision;
  for await (const entry of state.listAll({ prefix: from }, { signal })) {
    if (entry.revision <= after || entry.revision > head) continue;
    found.push(entry);
    if (found.length < 4 * eventsMax) continue;
    found = cutAt(found.toSorted(byRevision), eventsMax);
    isCut = true;
  }
  if (found.length > eventsMax) {
    found = cutAt(found.toSorted(byRevision), eventsMax);
    isCut = true;
  }
  const groups = Map.groupBy(found.toSorted(byRevision), ({ revision }) => revision);
  return {
    groups: [...groups].map(([revision, entries]) => ({
      revision,
      events: eventsOf(source, entries, range),
    })),
    end: isCut ? (found.at(-1)?.revision ?? head) : head,
    isAtEnd: !isCut,
  };
}

/** The first entries; those of one commit stay together. */
function cutAt(sorted: readonly StateEntry[], count: number): StateEntry[] {
  const last = sorted[count - 1]?.revision ?? Number.POSITIVE_INFINITY;
  return sorted.filter(({ revision }) => revision <= last);
}

function eventsOf(
  source: EventSource,
  entries: readonly (StateEntry | null)[],
  { project, fits }: SourceRange,
): readonly ProjectEvent[] {
  const prefix = project === undefined ? source.prefix : `${source.prefix}${project}/`;
  return entries
    .filter((entry) => entry !== null)
    .filter(({ key }) => textOfKey(key).startsWith(prefix))
    .map((entry, index) => eventOf(source, entry, index))
    .filter((event) => event !== undefined)
    .filter(fits);
}
