import type { LayerMember } from "./layer-members.ts";

/** Numbers of the kinds, as `native/unpack.c` knows them. */
const kinds = {
  file: 1,
  folder: 2,
  link: 3,
  hardlink: 4,
  whiteout: 5,
  opaque: 6,
  settle: 7,
} as const;

const headBytes = 48;

/** Gives a folder the time that it had before files were put into it. */
export interface SettledFolder {
  readonly kind: "settle";
  readonly path: string;
  readonly modifiedAt: number;
}

/** One order to the unpacker; a file's bytes follow it. */
export function memberRecord(member: LayerMember | SettledFolder): Buffer {
  const path = Buffer.from(member.path);
  const target = Buffer.from("target" in member ? member.target : "");
  const attributes = "attributes" in member ? [...member.attributes] : [];
  const head = Buffer.alloc(headBytes);
  head.writeUInt32LE(kinds[member.kind], 0);
  if ("mode" in member) {
    head.writeUInt32LE(member.mode & 0o7777, 4);
    head.writeUInt32LE(member.uid, 8);
    head.writeUInt32LE(member.gid, 12);
  }
  if ("modifiedAt" in member) writeTime(head, member.modifiedAt);
  head.writeUInt32LE(path.length, 28);
  head.writeUInt32LE(target.length, 32);
  head.writeUInt32LE(attributes.length, 36);
  head.writeBigUInt64LE(BigInt(member.kind === "file" ? member.bytes : 0), 40);
  return Buffer.concat([head, path, target, ...attributes.flatMap(attributeParts)]);
}

function writeTime(head: Buffer, modifiedAt: number): void {
  const seconds = Math.floor(modifiedAt);
  head.writeBigInt64LE(BigInt(seconds), 16);
  head.writeUInt32LE(Math.min(999_999_999, Math.round((modifiedAt - seconds) * 1e9)), 24);
}

function attributeParts([name, value]: readonly [string, Uint8Array]): readonly Uint8Array[] {
  const text = Buffer.from(name);
  const lengths = Buffer.alloc(8);
  lengths.writeUInt32LE(text.length, 0);
  lengths.writeUInt32LE(value.length, 4);
  return [lengths, text, value];
}
