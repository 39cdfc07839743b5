import { cursorOf, type EventFeed, type Position, type ToldEvent } from "@bedplate/events";
import {
  followEvents,
  listEvents,
  type ProjectEventQuery,
  type ProjectEventView,
} from "@bedplate/routes";
import { type Endpoint, type Exchange, endpoint } from "./exchange.ts";

/** What happened and what happens in the project of whoever asks. */
export function eventEndpoints(feed: EventFeed): readonly Endpoint[] {
  return [
    endpoint(listEvents, async (exchange) => {
      const { after, limit } = exchange.query;
      const from = await startOf(feed, after, () => feed.oldest(exchange));
      const page = await feed.read(from, { ...queryOf(exchange), limit });
      const { position, isAtEnd } = page;
      return { events: page.events.map(viewEvent), cursor: cursorOf(position), isAtEnd };
    }),
    endpoint(followEvents, (exchange) => follow(feed, exchange)),
  ];
}

/** What "now" is, is read before anybody is answered. */
function follow(
  feed: EventFeed,
  exchange: Exchange<ProjectEventQuery>,
): AsyncGenerator<ProjectEventView, void, void> {
  const from = startOf(feed, exchange.query.after, () => feed.head(exchange));
  from.catch(() => {});
  return tell(feed, from, exchange);
}

async function startOf(
  feed: EventFeed,
  after: string | undefined,
  standard: () => Promise<Position>,
): Promise<Position> {
  return after === undefined ? standard() : feed.positionOf(after);
}

async function* tell(
  feed: EventFeed,
  from: Promise<Position>,
  exchange: Exchange<ProjectEventQuery>,
): AsyncGenerator<ProjectEventView, void, void> {
  for await (const event of feed.follow(await from, queryOf(exchange))) yield viewEvent(event);
}

function queryOf({ principal, query, signal }: Exchange<ProjectEventQuery>) {
  const kinds = query.kinds?.split(",");
  return { project: principal.project, kinds, subject: query.subject, signal };
}

function viewEvent({ project: _, ...rest }: ToldEvent): ProjectEventView {
  return rest;
}
