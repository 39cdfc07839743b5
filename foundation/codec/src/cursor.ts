import { createHmac, timingSafeEqual } from "node:crypto";
import { type CborValue, decodeCbor, encodeCbor } from "./cbor.ts";

/** What a cursor is bound to: who seals it, and the listing that it belongs to. */
export interface CursorScope {
  /** Replicas that answer for each other share it. */
  readonly secret: Uint8Array;
  /** Everything that makes the listing what it is; a cursor of another listing does not open. */
  readonly listing: CborValue;
}

const sealBytes = 16;

/** Seals a place in a listing: a caller can hand it back, but neither forge it nor use it elsewhere. */
export function sealCursor(place: CborValue, scope: CursorScope): string {
  const body = encodeCbor(place);
  return Buffer.concat([sealOf(body, scope), body]).toString("base64url");
}

/** Opens a sealed place; `undefined` when this scope did not seal it. */
export function openCursor(cursor: string, scope: CursorScope): CborValue | undefined {
  const bytes = Buffer.from(cursor, "base64url");
  if (bytes.length <= sealBytes || bytes.toString("base64url") !== cursor) return undefined;
  const body = bytes.subarray(sealBytes);
  if (!timingSafeEqual(bytes.subarray(0, sealBytes), sealOf(body, scope))) return undefined;
  return decodeCbor(body);
}

function sealOf(body: Uint8Array, { secret, listing }: CursorScope): Buffer {
  const signed = encodeCbor([listing, body]);
  return createHmac("sha256", secret).update(signed).digest().subarray(0, sealBytes);
}
