import type { OrderName } from "../ledger.ts";
import type { WaitingSummary } from "../transaction.ts";

/** A transaction that waits for a batch. */
export interface WaitingTransaction extends WaitingSummary {
  readonly id: string;
  /** When it was accepted, relative to the others: no two have the same place. */
  readonly place: number;
}

/** How much one batch may hold. */
export interface BatchBounds {
  readonly transactionsMax: number;
  /** Sum of what its transactions may use. */
  readonly fuelMax: number;
}

/** What a policy looks at. */
export interface OrderRequest {
  /** In the order of their places. */
  readonly waiting: readonly WaitingTransaction[];
  readonly now: number;
  readonly bounds: BatchBounds;
}

/**
 * Picks the transactions of the next batch, in their order. Whatever the others pay or claim, no
 * transaction waits for ever: that is each policy's own duty.
 */
export type OrderPolicy = (request: OrderRequest) => readonly WaitingTransaction[];

/** A waiting transaction gains one level of priority, or one unit of price, in this time. */
export const agingMs = 1_000;

/** One of so many places of a batch goes to whoever waits longest, whatever the others pay. */
export const oldestEvery = 4;

/** Every policy by its name. */
export const orderPolicies: { readonly [N in OrderName]: OrderPolicy } = {
  arrival: ({ waiting, bounds }) => cut(waiting, bounds),
  priority: byPriority,
  "gas-price": byGasPrice,
};

/** Higher priority first; who waits rises, so that none waits for ever. */
function byPriority({ waiting, now, bounds }: OrderRequest): readonly WaitingTransaction[] {
  const rank = (each: WaitingTransaction) => each.priority + Math.floor((now - each.at) / agingMs);
  return cut(
    [...waiting].sort((a, b) => rank(b) - rank(a) || a.place - b.place),
    bounds,
  );
}

/**
 * Who pays more first, where a price counts less the more of the batch its sender and its project
 * have already. Each sender's transactions keep their order. Every fourth place goes to the oldest.
 */
function byGasPrice({ waiting, now, bounds }: OrderRequest): readonly WaitingTransaction[] {
  const lines = linesOf(waiting);
  const takenBy = new Map<string, number>();
  const worth = (line: Line) => {
    const [head] = line.left;
    if (head === undefined) return Number.NEGATIVE_INFINITY;
    const price = 1 + head.gasPrice + (now - head.at) / agingMs;
    const ofSender = takenBy.get(line.sender) ?? 0;
    const ofProject = takenBy.get(line.project) ?? 0;
    return price / ((1 + ofSender) * (1 + ofProject));
  };
  const picked: WaitingTransaction[] = [];
  for (let place = 0; place < Math.min(waiting.length, bounds.transactionsMax); place++) {
    const isForOldest = place % oldestEvery === oldestEvery - 1;
    const line = isForOldest ? best(lines, (each) => -headPlace(each)) : best(lines, worth);
    const taken = line?.left.shift();
    if (line === undefined || taken === undefined) break;
    picked.push(taken);
    for (const owner of [line.sender, line.project]) {
      takenBy.set(owner, (takenBy.get(owner) ?? 0) + 1);
    }
  }
  return cut(picked, bounds);
}

/** One sender's transactions in the order in which they came. */
interface Line {
  readonly sender: string;
  readonly project: string;
  readonly left: WaitingTransaction[];
}

function linesOf(waiting: readonly WaitingTransaction[]): readonly Line[] {
  const lines = new Map<string, Line>();
  for (const each of waiting) {
    const project = `project/${each.project}`;
    const sender = `${project}/sender/${each.sender}`;
    const line = lines.get(sender);
    if (line === undefined) lines.set(sender, { sender, project, left: [each] });
    else line.left.push(each);
  }
  return [...lines.values()];
}

function headPlace({ left }: Line): number {
  return left[0]?.place ?? Number.POSITIVE_INFINITY;
}

/** The line that counts most; of equal ones, whose head came first. */
function best(lines: readonly Line[], worth: (line: Line) => number): Line | undefined {
  let found: { readonly line: Line; readonly worth: number } | undefined;
  for (const line of lines) {
    if (line.left.length === 0) continue;
    const here = worth(line);
    const isBetter =
      found === undefined ||
      here > found.worth ||
      (here === found.worth && headPlace(line) < headPlace(found.line));
    if (isBetter) found = { line, worth: here };
  }
  return found?.line;
}

/** As many as fit, but at least one: a transaction that asks for more than a batch holds is alone in it. */
export function cut(
  ordered: readonly WaitingTransaction[],
  { transactionsMax, fuelMax }: BatchBounds,
): readonly WaitingTransaction[] {
  const taken: WaitingTransaction[] = [];
  let fuel = 0;
  for (const each of ordered) {
    if (taken.length >= transactionsMax) break;
    if (taken.length > 0 && fuel + each.fuel > fuelMax) break;
    fuel += each.fuel;
    taken.push(each);
  }
  return taken;
}
