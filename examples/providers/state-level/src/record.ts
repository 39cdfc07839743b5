import { crc32 } from "node:zlib";
import { type CborValue, decodeCbor, encodeCbor } from "@bedplate/codec";
import type { StateEntry, Version } from "@bedplate/state";
import { corrupt } from "./level-faults.ts";

const sumBytes = 4;

/** Encodes what is stored under a key; the sum also tells when it is found under another one. */
export function seal(key: Uint8Array, value: CborValue): Uint8Array {
  const body = encodeCbor(value);
  const sealed = Buffer.alloc(sumBytes + body.byteLength);
  sealed.writeUInt32BE(sumOf(key, body));
  sealed.set(body, sumBytes);
  return sealed;
}

/** Decodes what is stored under a key, in the form that the writer of that kind gave it. */
export function unseal<T extends CborValue>(key: Uint8Array, sealed: Uint8Array): T {
  const bytes = Buffer.from(sealed.buffer, sealed.byteOffset, sealed.byteLength);
  const body = bytes.subarray(sumBytes);
  if (bytes.byteLength < sumBytes || bytes.readUInt32BE() !== sumOf(key, body)) {
    throw corrupt("a record", "state.read");
  }
  return decodeCbor(body) as T;
}

function sumOf(key: Uint8Array, body: Uint8Array): number {
  return crc32(body, crc32(key));
}

/** The head, and the oldest revision that one can watch after. */
export type EndsRecord = readonly [head: number, oldest: number];

export const noEnds: EndsRecord = [0, 0];

/** A commit writes many keys: its revision and the place in it name one write. */
export type EntryRecord = readonly [revision: number, place: number, value: Uint8Array];

/** The changes of a commit, by key; null for a delete. */
export type HistoryRecord = readonly (readonly [key: Uint8Array, entry: EntryRecord | null])[];

export type AnswerRecord = readonly [
  digest: string,
  forgottenAtMs: number,
  revision: number,
  versions: readonly (string | null)[],
];

/** An entry as the contract shows it. */
export function entryOf(key: Uint8Array, record: EntryRecord): StateEntry {
  const [revision, , value] = record;
  return { key, value, revision, version: versionOf(record) };
}

export function versionOf([revision, place]: EntryRecord): Version {
  return `${revision}.${place}`;
}
