import type { StateEntry, StateOp, StateStore } from "@bedplate/state";
import type { CopyProgress } from "./copy-progress.ts";
import { stateNamespaces } from "./state-namespaces.ts";

interface CopyOptions {
  readonly signal: AbortSignal;
  readonly onProgress: (progress: CopyProgress) => void;
}

/** Bounds of one commit at the target, below every driver's own. */
const batchItemsMax = 200;
const batchBytesMax = 4 * 2 ** 20;

/**
 * Makes the target's namespaces equal to the source's: writes what differs, deletes what the source
 * has not. Both lists come in the same order, so that they are walked side by side. A repeat goes on
 * where an earlier copy ended, because what is equal is not written again.
 */
export async function copyState(
  from: StateStore,
  to: StateStore,
  options: CopyOptions,
): Promise<CopyProgress> {
  const total = { items: 0, bytes: 0, changed: 0 };
  for (const namespace of stateNamespaces) {
    const target = to.in(namespace);
    let batch = new Batch();
    for await (const { left, right } of sideBySide(from.in(namespace), target, options.signal)) {
      if (left !== null) {
        total.items++;
        total.bytes += left.value.byteLength;
      }
      const op = changeOf(left, right);
      if (op === null) continue;
      total.changed++;
      if (!batch.hasRoomFor(op)) {
        await batch.commit(target, options.signal);
        batch = new Batch();
        options.onProgress({ what: `state ${namespace}`, ...total });
      }
      batch.add(op);
    }
    await batch.commit(target, options.signal);
    options.onProgress({ what: `state ${namespace}`, ...total });
  }
  return { what: "state", ...total };
}

/** How many keys differ between two states. */
export async function differingKeys(
  from: StateStore,
  to: StateStore,
  options: { readonly signal: AbortSignal },
): Promise<number> {
  let differing = 0;
  for (const namespace of stateNamespaces) {
    const pairs = sideBySide(from.in(namespace), to.in(namespace), options.signal);
    for await (const { left, right } of pairs) if (changeOf(left, right) !== null) differing++;
  }
  return differing;
}

interface Pair {
  readonly left: StateEntry | null;
  readonly right: StateEntry | null;
}

/** Merges two listings by key. */
async function* sideBySide(
  left: StateStore,
  right: StateStore,
  signal: AbortSignal,
): AsyncGenerator<Pair, void, void> {
  const lefts = left.listAll({}, { signal });
  const rights = right.listAll({}, { signal });
  let a = await lefts.next();
  let b = await rights.next();
  while (a.done !== true || b.done !== true) {
    const order =
      a.done === true ? 1 : b.done === true ? -1 : Buffer.compare(a.value.key, b.value.key);
    yield {
      left: order <= 0 ? (a.value ?? null) : null,
      right: order >= 0 ? (b.value ?? null) : null,
    };
    if (order <= 0) a = await lefts.next();
    if (order >= 0) b = await rights.next();
  }
}

function changeOf(left: StateEntry | null, right: StateEntry | null): StateOp<Uint8Array> | null {
  if (left === null) return right && { delete: right.key };
  if (right !== null && Buffer.compare(left.value, right.value) === 0) return null;
  return { put: left.key, value: left.value };
}

/** Changes that are committed together. */
class Batch {
  readonly #ops: StateOp<Uint8Array>[] = [];
  #bytes = 0;

  hasRoomFor(op: StateOp<Uint8Array>): boolean {
    if (this.#ops.length === 0) return true;
    return this.#ops.length < batchItemsMax && this.#bytes + bytesOf(op) <= batchBytesMax;
  }

  add(op: StateOp<Uint8Array>): void {
    this.#ops.push(op);
    this.#bytes += bytesOf(op);
  }

  async commit(target: StateStore, signal: AbortSignal): Promise<void> {
    if (this.#ops.length > 0) await target.commit({ ops: this.#ops }, { signal });
  }
}

function bytesOf(op: StateOp<Uint8Array>): number {
  return "put" in op ? op.put.byteLength + op.value.byteLength : op.delete.byteLength;
}
