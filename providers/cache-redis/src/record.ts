import { createHash } from "node:crypto";
import { crc32 } from "node:zlib";
import type { CacheFinding, DriverItem, Version } from "@bedplate/cache";

/** What a body is made of. */
export interface Body extends Pick<DriverItem, "value" | "ttlMs" | "staleMs"> {
  /** Namespace and key: a body that stands under another one is damaged. */
  readonly subject: string;
  /** Of `versionBytes` ASCII characters. */
  readonly version: Version;
}

const versionBytes = 16;
const checkAt = 8 + 8 + 1 + versionBytes;
const valueAt = checkAt + 4;
const blockAt = 2 + 4 + 8;

/**
 * The part of a record that the client makes: time to live, stale time, whether there is a value,
 * version, checksum, value. When an entry was written is not in it: the engine knows how long it
 * is still kept.
 */
export function encodeBody({ subject, value, ttlMs, staleMs, version }: Body): Buffer {
  const body = Buffer.alloc(valueAt + (value?.byteLength ?? 0));
  body.writeDoubleBE(ttlMs, 0);
  body.writeDoubleBE(staleMs, 8);
  body.writeUInt8(value === null ? 0 : 1, 16);
  body.write(version, 17, "latin1");
  if (value !== null) body.set(value, valueAt);
  body.writeUInt32BE(checkOf(body, subject), checkAt);
  return body;
}

/** Reads a record that is kept for `leftMs` more; `corrupt` when any of it was changed. */
export function decodeRecord(
  record: Buffer,
  { subject, leftMs }: { readonly subject: string; readonly leftMs: number },
): CacheFinding {
  const body = bodyOf(record);
  if (body === undefined || body.readUInt32BE(checkAt) !== checkOf(body, subject)) return "corrupt";
  const [ttlMs, staleMs] = [body.readDoubleBE(0), body.readDoubleBE(8)];
  return {
    value: body.readUInt8(16) === 0 ? null : Uint8Array.from(body.subarray(valueAt)),
    version: body.toString("latin1", 17, checkAt),
    ageMs: Math.max(0, ttlMs + staleMs - leftMs),
    isStale: leftMs <= staleMs,
  };
}

function bodyOf(record: Buffer): Buffer | undefined {
  if (record.length < blockAt || record.toString("latin1", 0, 2) !== "b1") return undefined;
  const bodyAt = blockAt + record.readUInt32BE(2);
  if (record.length < bodyAt + valueAt) return undefined;
  const tags = [record.subarray(2, 6), record.subarray(blockAt, bodyAt)];
  const check = createHash("sha1").update(Buffer.concat(tags)).digest("hex").slice(0, 8);
  return check === record.toString("latin1", 6, blockAt) ? record.subarray(bodyAt) : undefined;
}

function checkOf(body: Buffer, subject: string): number {
  return crc32(body.subarray(valueAt), crc32(body.subarray(0, checkAt), crc32(subject)));
}
