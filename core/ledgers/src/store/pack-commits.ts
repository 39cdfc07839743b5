import type { StateLimits, StateOp } from "@bedplate/state";

/** Room that stays free in each commit, for its checks. */
const sparedItems = 16;
const sparedBytes = 64 * 1024;

type Op = StateOp<string | Uint8Array>;
type Limits = Pick<StateLimits, "commitItemsMax" | "commitBytesMax">;

/** Splits changes into as few commits as the store's limits allow, in their order. */
export function packCommits(ops: readonly Op[], limits: Limits): readonly (readonly Op[])[] {
  return packGroups(
    ops.map((op) => [op]),
    limits,
  );
}

/** The same where some belong together: what is one group is in one commit, as long as one has room for it. */
export function packGroups(
  groups: readonly (readonly Op[])[],
  limits: Limits,
): readonly (readonly Op[])[] {
  const itemsMax = Math.max(1, limits.commitItemsMax - sparedItems);
  const bytesMax = Math.max(1, limits.commitBytesMax - sparedBytes);
  const packs: Op[][] = [];
  let [items, bytes] = [itemsMax, 0];
  for (const group of groups) {
    const size = group.reduce((sum, op) => sum + sizeOf(op), 0);
    if (items + group.length > itemsMax || bytes + size > bytesMax) {
      packs.push([]);
      [items, bytes] = [0, 0];
    }
    packs.at(-1)?.push(...group);
    items += group.length;
    bytes += size;
  }
  return packs;
}

function sizeOf(op: Op): number {
  if ("delete" in op) return lengthOf(op.delete);
  return lengthOf(op.put) + op.value.length;
}

function lengthOf(key: string | Uint8Array): number {
  return typeof key === "string" ? Buffer.byteLength(key) : key.length;
}
