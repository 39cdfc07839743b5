import type { StateLimits, StateOp } from "@bedplate/state";

/** Room that stays free in each commit, for its checks. */
const sparedItems = 16;
const sparedBytes = 64 * 1024;

/** Splits changes into as few commits as the store's limits allow, in their order. */
export function packCommits(
  ops: readonly StateOp<string | Uint8Array>[],
  limits: Pick<StateLimits, "commitItemsMax" | "commitBytesMax">,
): readonly (readonly StateOp<string | Uint8Array>[])[] {
  const itemsMax = Math.max(1, limits.commitItemsMax - sparedItems);
  const bytesMax = Math.max(1, limits.commitBytesMax - sparedBytes);
  const packs: StateOp<string | Uint8Array>[][] = [];
  let [items, bytes] = [itemsMax, 0];
  for (const op of ops) {
    const size = sizeOf(op);
    if (items >= itemsMax || bytes + size > bytesMax) {
      packs.push([]);
      [items, bytes] = [0, 0];
    }
    packs.at(-1)?.push(op);
    items++;
    bytes += size;
  }
  return packs;
}

function sizeOf(op: StateOp<string | Uint8Array>): number {
  if ("delete" in op) return lengthOf(op.delete);
  return lengthOf(op.put) + op.value.length;
}

function lengthOf(key: string | Uint8Array): number {
  return typeof key === "string" ? Buffer.byteLength(key) : key.length;
}
