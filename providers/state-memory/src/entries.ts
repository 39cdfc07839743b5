import type { Revision, StateEntry, Version } from "@bedplate/state";

/** Latin-1 text compares as its bytes do. */
export function textOf(key: Uint8Array): string {
  return Buffer.from(key.buffer, key.byteOffset, key.byteLength).toString("latin1");
}

/** An entry that shares no bytes with the stored one. */
export function copyOf(entry: StateEntry): StateEntry {
  return { ...entry, key: Uint8Array.from(entry.key), value: Uint8Array.from(entry.value) };
}

/** The version that a commit gives to one of the keys that it writes. */
export function versionOf(revision: Revision, position: number): Version {
  const commit = `r${revision.toString(36)}`;
  return position === 0 ? commit : `${commit}.${position.toString(36)}`;
}

/** Whether an entry has not expired. */
export function isThere({ expiresAt }: StateEntry, nowMs: number): boolean {
  return expiresAt === undefined || expiresAt > nowMs;
}
