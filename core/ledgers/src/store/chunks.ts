import { type CborValue, decodeCbor, encodeCbor } from "@bedplate/codec";
import { type StateOp, type StateStore, textOfKey } from "@bedplate/state";
import { padded } from "../batch.ts";

/** What a batch leaves in pieces: which keys and transactions are its, receipts, and who touched what. */
export type PieceKind = "index" | "receipts" | "access";

/** Names the pieces of one batch. */
export interface PiecePlace {
  readonly kind: PieceKind;
  readonly ledger: string;
  readonly serial: number;
}

/** A piece ends when it is that long; one item may be longer. */
const pieceBytes = 192 * 1024;

/** Begins the keys of all pieces of one kind and batch. */
export function piecesPrefix({ kind, ledger, serial }: PiecePlace): string {
  return `${kind}/${ledger}/${padded(serial)}/`;
}

/** Writes a list in pieces. */
export function writePieces(
  place: PiecePlace,
  items: readonly CborValue[],
): readonly StateOp<string>[] {
  const ops: StateOp<string>[] = [];
  let piece: Uint8Array[] = [];
  let bytes = 0;
  const end = () => {
    const key = `${piecesPrefix(place)}${padded(ops.length)}`;
    ops.push({ put: key, value: encodeCbor(piece) });
    [piece, bytes] = [[], 0];
  };
  for (const item of items) {
    const encoded = encodeCbor(item);
    if (piece.length > 0 && bytes + encoded.length > pieceBytes) end();
    piece.push(encoded);
    bytes += encoded.length;
  }
  if (piece.length > 0) end();
  return ops;
}

/** Reads such a list; with `from`, only the items behind so many. */
export async function* readPieces(
  state: StateStore,
  place: PiecePlace,
): AsyncGenerator<CborValue, void, void> {
  for await (const { value } of state.listAll({ prefix: piecesPrefix(place), limit: 8 })) {
    for (const item of decodeCbor(value) as readonly Uint8Array[]) yield decodeCbor(item);
  }
}

/** Deletes every piece of one kind and batch. */
export async function deletePieces(
  state: StateStore,
  place: PiecePlace,
): Promise<readonly StateOp<Uint8Array>[]> {
  const ops: StateOp<Uint8Array>[] = [];
  for await (const { key } of state.listAll({ prefix: piecesPrefix(place), limit: 8 })) {
    ops.push({ delete: key });
  }
  return ops;
}

/** The serials after one that left an index, the newest first. */
export async function indexedSerials(
  state: StateStore,
  { ledger, after }: { readonly ledger: string; readonly after: number },
): Promise<readonly number[]> {
  const prefix = `index/${ledger}/`;
  const serials = new Set<number>();
  const start = piecesPrefix({ kind: "index", ledger, serial: after + 1 });
  for await (const { key } of state.listAll({ prefix, start, limit: 32 })) {
    serials.add(Number.parseInt(textOfKey(key).slice(prefix.length), 10));
  }
  return [...serials].reverse();
}
