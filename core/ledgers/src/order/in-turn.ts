import { type BatchBounds, cut, type WaitingTransaction } from "./order-policy.ts";

interface OrderBounds {
  readonly waiting: readonly WaitingTransaction[];
  readonly bounds: BatchBounds;
}

/**
 * Whatever a policy prefers, what stands in a line comes in the order of the line: the places that a
 * line has in the batch go to its first ones. These may use more than what the policy picked, so the
 * batch's bounds are kept again.
 */
export function inTurn(
  picked: readonly WaitingTransaction[],
  { waiting, bounds }: OrderBounds,
): readonly WaitingTransaction[] {
  const lines = new Map<string, WaitingTransaction[]>();
  for (const each of waiting) {
    if (each.turn === undefined) continue;
    const line = lines.get(each.turn.line) ?? [];
    lines.set(each.turn.line, line);
    line.push(each);
  }
  for (const line of lines.values()) line.sort(byTurn);
  const turned = picked.map((each) => (each.turn && lines.get(each.turn.line)?.shift()) ?? each);
  return cut(turned, bounds);
}

function byTurn(a: WaitingTransaction, b: WaitingTransaction): number {
  return (a.turn?.place ?? 0) - (b.turn?.place ?? 0) || a.place - b.place;
}
