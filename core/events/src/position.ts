import { raise } from "@bedplate/errors";
import type { EventSource } from "./event-source.ts";

/** Up to which revision each source was told, by its mark. */
export type Position = Readonly<Record<string, number>>;

/** Longest text of a position: a mark and at most 15 digits for each of a few sources. */
export const cursorPattern = "^[a-z][0-9]{1,15}(-[a-z][0-9]{1,15}){0,7}$";

/** A position as callers carry it. */
export function cursorOf(position: Position): string {
  return Object.entries(position)
    .map(([mark, revision]) => `${mark}${revision}`)
    .join("-");
}

/** Reads a caller's text; a source that is new since then begins at its first event. */
export function positionOf(cursor: string, sources: readonly EventSource[]): Position {
  if (!new RegExp(cursorPattern).test(cursor)) throw odd();
  const parts = cursor.split("-").map((part) => [part.charAt(0), Number(part.slice(1))] as const);
  const marks = new Set(parts.map(([mark]) => mark));
  const isKnown = parts.every(([mark]) => sources.some((each) => each.mark === mark));
  if (!isKnown || marks.size < parts.length) throw odd();
  const known = Object.fromEntries(parts);
  return Object.fromEntries(sources.map(({ mark }) => [mark, known[mark] ?? 0]));
}

function odd(): Error {
  return raise("argument.invalid", {
    op: "events.read",
    detail: { path: "/after", rule: "must be the cursor of an event or a page" },
    message: "Cannot tell events: the cursor is of no event and of no page",
  });
}
