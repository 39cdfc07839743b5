import type { PlacementRequest } from "./placement-request.ts";

/** One rank above every priority: who gets there is taken by how long it waits. */
export const rankMax = 10;

/** A request that waits so long has one more rank. */
export const agingMsDefault = 10_000;

/** Where a request stands among those that wait, higher first. */
export function rankOf(
  { priority, since }: Pick<PlacementRequest, "priority" | "since">,
  { now, agingMs }: { readonly now: number; readonly agingMs: number },
): number {
  const aged = Math.floor(Math.max(0, now - since) / agingMs);
  return Math.min(rankMax, priority + aged);
}

/** Room is kept for a request so long at most, in milliseconds from when it reached the topmost rank. */
export const keptMsMax: number = 10 * 60_000;

/** Whether room may be kept for a request: it waits at the top, and not in vain for too long. */
export function mayKeep(
  { priority, since }: Pick<PlacementRequest, "priority" | "since">,
  { now, agingMs }: { readonly now: number; readonly agingMs: number },
): boolean {
  const atTopMs = now - since - (rankMax - priority) * agingMs;
  return atTopMs >= 0 && atTopMs <= keptMsMax;
}
