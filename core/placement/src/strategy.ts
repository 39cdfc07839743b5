import { dominantShare, plus } from "./amounts.ts";
import type { PlacementRequest } from "./placement-request.ts";
import type { Room } from "./room.ts";

/** `spread` takes the emptiest node, `pack` the fullest one that has room. */
export type PlacementStrategy = "spread" | "pack";

/** Of rooms that have enough, the best one. */
export function bestRoom(
  rooms: readonly Room[],
  request: PlacementRequest,
  { strategy, seed }: { readonly strategy: PlacementStrategy; readonly seed: string },
): Room | undefined {
  const preferred = rooms.find(({ node }) => node.name === request.prefers);
  if (preferred !== undefined) return preferred;
  const sign = strategy === "spread" ? 1 : -1;
  const order = (a: Room, b: Room) =>
    sign * (fullness(a, request) - fullness(b, request)) ||
    sign * (a.used.machines - b.used.machines) ||
    lot(seed, request.id, a) - lot(seed, request.id, b) ||
    (a.node.name < b.node.name ? -1 : 1);
  return rooms.toSorted(order)[0];
}

/** How full the node is with the request on it. */
function fullness({ node, used }: Room, { size }: PlacementRequest): number {
  return dominantShare(plus(used, size), node.capacity);
}

/** Equally good nodes are not always taken in the order of their names (FNV-1a). */
function lot(seed: string, request: string, { node }: Room): number {
  let hash = 0x811c9dc5;
  for (const character of `${seed}/${request}/${node.name}`) {
    hash = Math.imul(hash ^ (character.codePointAt(0) ?? 0), 0x01000193) >>> 0;
  }
  return hash;
}
