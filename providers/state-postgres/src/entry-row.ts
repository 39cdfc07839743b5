import { crc32 } from "node:zlib";
import { raise } from "@bedplate/errors";
import type { Revision, StateEntry, Version } from "@bedplate/state";

/** An entry as PostgreSQL returns it. */
export interface EntryRow {
  readonly key: Uint8Array;
  readonly value: Uint8Array;
  readonly revision: number;
  /** Which change of its commit. */
  readonly position: number;
  readonly expires: number | null;
  readonly crc: number;
}

/** The version that a commit gives to one of the keys that it writes. */
export function versionOf(revision: Revision, position: number): Version {
  const commit = `r${revision.toString(36)}`;
  return position === 0 ? commit : `${commit}.${position.toString(36)}`;
}

/** Reads a version; undefined for one that is not of this driver. */
export function placeOf(
  version: Version,
): { readonly revision: Revision; readonly position: number } | undefined {
  const [, revision = "", position = "0"] = /^r([0-9a-z]+)(?:\.([0-9a-z]+))?$/.exec(version) ?? [];
  const place = {
    revision: Number.parseInt(revision, 36),
    position: Number.parseInt(position, 36),
  };
  return versionOf(place.revision, place.position) === version ? place : undefined;
}

/** What guards a key and its value from here to the disk and back. */
export function crcOf(key: Uint8Array, value: Uint8Array): number {
  return crc32(value, crc32(key));
}

/** Bytes as a text, to compare and to look up. */
export function textOf(key: Uint8Array): string {
  return Buffer.from(key.buffer, key.byteOffset, key.byteLength).toString("latin1");
}

/** Reads a row, or throws `data.corrupt`. */
export function entryOf({ key, value, revision, position, expires, crc }: EntryRow): StateEntry {
  if (crcOf(key, value) !== crc) throw corrupt(key);
  const entry = { key, value, version: versionOf(revision, position), revision };
  return expires === null ? entry : { ...entry, expiresAt: expires };
}

function corrupt(key: Uint8Array): Error {
  const name = Buffer.from(key).toString("utf8");
  return raise("data.corrupt", {
    op: "state.read",
    subject: name,
    detail: { what: name },
    message: `Cannot read the key "${name}": its bytes changed since they were written`,
  });
}
