export { EventFeed, type EventPage, type EventQuery, type ToldEvent } from "./event-feed.ts";
export type { EventSource } from "./event-source.ts";
export { cursorOf, cursorPattern, type Position } from "./position.ts";
export {
  eventKindPattern,
  isOfKind,
  type ProjectEvent,
  projectEventSchema,
} from "./project-event.ts";
