import type { WaitingTransaction } from "./order-policy.ts";

/**
 * Whatever a policy prefers, what stands in a line comes in the order of the line: the places that a
 * line has in the batch go to its first ones.
 */
export function inTurn(
  picked: readonly WaitingTransaction[],
  waiting: readonly WaitingTransaction[],
): readonly WaitingTransaction[] {
  const lines = new Map<string, WaitingTransaction[]>();
  for (const each of waiting) {
    if (each.turn === undefined) continue;
    const line = lines.get(each.turn.line) ?? [];
    lines.set(each.turn.line, line);
    line.push(each);
  }
  for (const line of lines.values()) line.sort(byTurn);
  return picked.map((each) => (each.turn && lines.get(each.turn.line)?.shift()) ?? each);
}

function byTurn(a: WaitingTransaction, b: WaitingTransaction): number {
  return (a.turn?.place ?? 0) - (b.turn?.place ?? 0) || a.place - b.place;
}
