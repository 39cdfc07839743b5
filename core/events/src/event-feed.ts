import { isFault } from "@bedplate/errors";
import type { Waiting } from "@bedplate/state";
import type { EventGroup, EventSource } from "./event-source.ts";
import { cursorOf, type Position, positionOf } from "./position.ts";
import { isOfKind, type ProjectEvent } from "./project-event.ts";
import { type RecordBatches, readSource, type SourceRead } from "./read-source.ts";

/** Which events to tell. */
export interface EventQuery {
  /** Default: of every project. */
  readonly project?: string | undefined;
  /** Kinds or families of them; default: all. */
  readonly kinds?: readonly string[] | undefined;
  readonly subject?: string | undefined;
  readonly limit?: number | undefined;
  readonly signal: AbortSignal;
}

export interface EventFeedOptions {
  /** Names the history whose revisions the sources have; ends the ids of its events. Default: nothing. */
  readonly epochOf?: (() => Promise<string>) | undefined;
}

type CompleteQuery = EventQuery & { readonly isComplete?: boolean | undefined };

/** An event, and where to go on after it. */
export interface ToldEvent extends ProjectEvent {
  readonly cursor: string;
}

/** Some events in order. `position` is there also when there are none. */
export interface EventPage {
  readonly events: readonly ToldEvent[];
  readonly position: Position;
  /** Nothing later had happened when the page was read. */
  readonly isAtEnd: boolean;
}

const limitDefault = 100;
/** How often one page is looked for in a row where nothing fits, each time among some thousand commits. */
const looksMax = 20;

/**
 * What happens in projects, from the histories of their records: whoever is told all up to a position
 * is told of all that happens after it, once. The events of one subject come in their order.
 */
export class EventFeed {
  readonly #sources: readonly EventSource[];
  readonly #batches: RecordBatches = new Map();
  readonly #epochOf: () => Promise<string>;
  #epoch: string | undefined;

  constructor(sources: readonly EventSource[], options: EventFeedOptions = {}) {
    this.#sources = sources;
    this.#epochOf = options.epochOf ?? (async () => "");
  }

  /** The position of a caller's cursor. */
  positionOf(cursor: string): Position {
    return positionOf(cursor, this.#sources);
  }

  /** After all that has happened. */
  async head(options: Waiting = {}): Promise<Position> {
    return this.#each(({ state }) => state.head(options));
  }

  /** Before all that is remembered. */
  async oldest(options: Waiting = {}): Promise<Position> {
    return this.#each(async ({ state }) => {
      try {
        // Without commits the watch tells of its progress, so this ends.
        for await (const _ of state.watch({ after: 0, progressMs: 1 }, options)) break;
        return 0;
      } catch (error) {
        if (isFault(error, "watch.compacted")) return error.fault.detail["oldest"] as number;
        throw error;
      }
    });
  }

  /**
   * One page after a position; it is empty only at the end, or after many commits that nothing fits.
   * Throws `watch.compacted` for a position that is forgotten; with
   * `isComplete`, what is forgotten is told from the records as they are now.
   */
  async read(after: Position, query: CompleteQuery): Promise<EventPage> {
    let page = await this.#look(after, query);
    for (let looks = 1; looks < looksMax && page.events.length === 0 && !page.isAtEnd; looks++) {
      query.signal.throwIfAborted();
      page = await this.#look(page.position, query);
    }
    return page;
  }

  async #look(after: Position, query: CompleteQuery): Promise<EventPage> {
    const { project, kinds = [], subject, limit = limitDefault, signal } = query;
    const fits = (event: ProjectEvent) =>
      (subject === undefined || event.subject === subject) && isOfKind(event, kinds);
    const { isComplete = false } = query;
    this.#epoch ??= await this.#epochOf();
    const epoch = this.#epoch;
    const range = { project, fits, eventsMax: limit, isComplete, epoch, signal };
    const reads = await Promise.all(
      this.#sources.map(
        async (source) =>
          [
            source.mark,
            await readSource(source, { ...range, after: after[source.mark] ?? 0 }, this.#batches),
          ] as const,
      ),
    );
    return merge(after, { reads, limit });
  }

  /** What happens after a position, until the signal aborts. */
  async *follow(after: Position, query: EventQuery): AsyncGenerator<ToldEvent, void, void> {
    const { signal } = query;
    let position = after;
    while (!signal.aborted) {
      try {
        const page = await this.read(position, query);
        yield* page.events;
        position = page.position;
        if (page.isAtEnd) await this.change(position, signal);
      } catch (error) {
        if (!signal.aborted) throw error;
      }
    }
  }

  /** Waits until something is committed after a position, an event or not. */
  async change(after: Position, signal: AbortSignal): Promise<void> {
    const seen = new AbortController();
    const either = AbortSignal.any([signal, seen.signal]);
    const waits = this.#sources.map(async ({ mark, state }) => {
      for await (const _ of state.watch({ after: after[mark] ?? 0 }, { signal: either })) return;
    });
    try {
      await Promise.race(waits);
    } finally {
      seen.abort(new Error("something happened"));
      await Promise.allSettled(waits);
    }
  }

  async #each(revisionOf: (source: EventSource) => Promise<number>): Promise<Position> {
    const entries = this.#sources.map(
      async (source) => [source.mark, await revisionOf(source)] as const,
    );
    return Object.fromEntries(await Promise.all(entries));
  }
}

/** Takes commits of all sources by their time, whole ones, until there are enough events. */
function merge(
  after: Position,
  options: {
    readonly reads: readonly (readonly [mark: string, read: SourceRead])[];
    readonly limit: number;
  },
): EventPage {
  const { reads, limit } = options;
  const position = Object.fromEntries(reads.map(([mark]) => [mark, after[mark] ?? 0]));
  const queues = new Map(reads.map(([mark, { groups }]) => [mark, [...groups]]));
  const events: ToldEvent[] = [];
  while (events.length < limit) {
    const first = earliest(queues);
    if (first === undefined) break;
    const [mark, group] = first;
    // Whoever goes on in the middle of a commit is told of it again.
    const before = cursorOf(position);
    position[mark] = group.revision;
    const last = group.events.length - 1;
    events.push(
      ...group.events.map((event, index) => ({
        ...event,
        cursor: index === last ? cursorOf(position) : before,
      })),
    );
  }
  let isAtEnd = true;
  for (const [mark, read] of reads) {
    const isTaken = queues.get(mark)?.length === 0;
    if (isTaken) position[mark] = read.end;
    isAtEnd &&= isTaken && read.isAtEnd;
  }
  return { events, position, isAtEnd };
}

function earliest(
  queues: ReadonlyMap<string, EventGroup[]>,
): readonly [mark: string, group: EventGroup] | undefined {
  const heads = [...queues].filter(([, [first]]) => first !== undefined);
  const [next] = heads.toSorted(([, [a]], [, [b]]) => timeOf(a) - timeOf(b));
  const group = next?.[1].shift();
  return next === undefined || group === undefined ? undefined : [next[0], group];
}

function timeOf(group: EventGroup | undefined): number {
  return group?.events[0]?.at ?? 0;
}
