import type { PlacementNode } from "./placement-node.ts";
import type { PlacementRequest, WaitReason } from "./placement-request.ts";
import { agingMsDefault, mayKeep, rankMax, rankOf } from "./rank.ts";
import { Room } from "./room.ts";
import { Shares } from "./shares.ts";
import { bestRoom, type PlacementStrategy } from "./strategy.ts";

/** How a round is decided. */
export interface PlacementOptions {
  readonly strategy: PlacementStrategy;
  readonly agingMs?: number | undefined;
  /** Decides between nodes that are equally good. */
  readonly seed?: string | undefined;
  /** A project with twice the weight may have twice as much before it comes second. Default: 1. */
  readonly weightOf?: ((project: string) => number) | undefined;
}

/** Everything that a round looks at. */
export interface PlacementRound {
  readonly nodes: readonly PlacementNode[];
  readonly requests: readonly PlacementRequest[];
  readonly now: number;
  readonly options: PlacementOptions;
}

/** What came of it: who goes where, in this order, and who waits, and why. */
export interface Placements {
  readonly placed: readonly { readonly request: PlacementRequest; readonly node: string }[];
  readonly waiting: readonly {
    readonly request: PlacementRequest;
    readonly because: WaitReason;
  }[];
}

interface Round {
  readonly rooms: readonly Room[];
  /** Nodes that may take machines again: they drain, or have drained. */
  readonly resting: ReadonlySet<string>;
  readonly strategy: PlacementStrategy;
  readonly seed: string;
  readonly mayKeep: (request: PlacementRequest) => boolean;
}

/** Gives nodes to those that wait, as far as there is room. */
export function placeAll({ nodes, requests, now, options }: PlacementRound): Placements {
  const { strategy, agingMs = agingMsDefault, seed = "", weightOf = () => 1 } = options;
  const ready = nodes
    .filter(({ state }) => state === "ready")
    .toSorted((a, b) => (a.name < b.name ? -1 : 1));
  const others = nodes.filter(({ state }) => state === "draining" || state === "drained");
  const resting = new Set(others.map(({ name }) => name));
  const round: Round = {
    rooms: ready.map((node) => new Room(node)),
    ...{ resting, strategy, seed },
    mayKeep: (each) => mayKeep(each, { now, agingMs }),
  };
  const shares = new Shares(nodes, weightOf);
  const line = new Line(requests, (each) => rankOf(each, { now, agingMs }));
  const placed: Placements["placed"][number][] = [];
  const waiting: Placements["waiting"][number][] = [];
  for (let request = line.take(shares); request !== undefined; request = line.take(shares)) {
    const found = findRoom(round, request);
    if (found instanceof Room) {
      found.take(request.size);
      shares.add(request.project, request.size);
      placed.push({ request, node: found.node.name });
    } else waiting.push({ request, because: found });
  }
  return { placed, waiting };
}

/**
 * A room for the request, or why there is none. Of those in the topmost rank, whoever waits longest has
 * one node kept for it: of all nodes one at a time, so that machines that never end do not stop all others.
 */
function findRoom(round: Round, request: PlacementRequest): Room | WaitReason {
  const { size, slot, home } = request;
  const rooms = round.rooms.filter(({ node }) => home === undefined || node.name === home);
  if (home !== undefined && rooms.length === 0) {
    return { kind: "no-home", node: home, isLost: !round.resting.has(home) };
  }
  if (rooms.length === 0) return { kind: "no-node" };
  const offering = rooms.filter(({ node }) => node.slots.includes(slot));
  if (offering.length === 0) return { kind: "no-slot", slot };
  const suiting = offering.filter((each) => each.suits(request));
  if (suiting.length === 0) return { kind: "no-labels" };
  const large = suiting.filter((each) => each.lackingWhenEmpty(size) === undefined);
  const [first] = suiting;
  if (large.length === 0) {
    return { kind: "too-large", resource: first?.lackingWhenEmpty(size) ?? "machines" };
  }
  const free = large.filter((each) => each.lackingNow(size) === undefined);
  const best = bestRoom(
    free.filter((each) => !each.isKept(size)),
    request,
    round,
  );
  if (best !== undefined) return best;
  const isAnyKept = round.rooms.some((each) => each.hasKept);
  if (!isAnyKept && round.mayKeep(request)) emptiest(large, request, round)?.keep(size);
  if (free.length > 0) return { kind: "kept" };
  return { kind: "no-room", resource: large[0]?.lackingNow(size) ?? "machines" };
}

/** Where room comes first, most likely: the node of which the least is used. */
function emptiest(
  rooms: readonly Room[],
  request: PlacementRequest,
  { seed }: Pick<Round, "seed">,
): Room | undefined {
  const { prefers: _none, ...anywhere } = request;
  return bestRoom(rooms, anywhere, { strategy: "spread", seed });
}

/** Those that wait, by rank, and within a rank by what their projects have. */
class Line {
  /** Of each rank and project, who waits longest comes first. */
  readonly #ranks = new Map<number, Map<string, PlacementRequest[]>>();

  constructor(
    requests: readonly PlacementRequest[],
    rankOfRequest: (request: PlacementRequest) => number,
  ) {
    for (const request of requests.toSorted(bySince)) {
      const rank = rankOfRequest(request);
      // In the topmost rank it counts only who waits longest.
      const queue = rank === rankMax ? "" : request.project;
      const projects = this.#ranks.get(rank) ?? new Map<string, PlacementRequest[]>();
      this.#ranks.set(rank, projects);
      const waiting = projects.get(queue);
      if (waiting === undefined) projects.set(queue, [request]);
      else waiting.push(request);
    }
  }

  take(shares: Shares): PlacementRequest | undefined {
    const rank = Math.max(...this.#ranks.keys());
    const projects = this.#ranks.get(rank);
    if (projects === undefined) return undefined;
    const [project = ""] = [...projects.keys()].toSorted(byShare(shares));
    const queue = projects.get(project) ?? [];
    const request = queue.shift();
    if (queue.length === 0) projects.delete(project);
    if (projects.size === 0) this.#ranks.delete(rank);
    return request;
  }
}

function byShare(shares: Shares): (a: string, b: string) => number {
  return (a, b) =>
    shares.of(a) - shares.of(b) || shares.machinesOf(a) - shares.machinesOf(b) || (a < b ? -1 : 1);
}

function bySince(a: PlacementRequest, b: PlacementRequest): number {
  return a.since - b.since || (a.id < b.id ? -1 : 1);
}
