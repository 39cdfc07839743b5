import { type Fields, isText } from "./fields.ts";
import { tag } from "./wire-numbers.ts";

export type GuestFileType = "file" | "folder" | "symlink" | "other";

/** A file of the machine, as the machine tells it. */
export interface GuestEntry {
  readonly type: GuestFileType;
  readonly bytes: number;
  /** Permission bits, with set-user-id, set-group-id and sticky. */
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly owner: string;
  readonly group: string;
  /** Milliseconds since 1970. */
  readonly modifiedAt: number;
  readonly inode: string;
  readonly links: number;
  /** Of a symbolic link. */
  readonly target: string | undefined;
}

/** An entry of a listing. */
export interface ListedEntry extends GuestEntry {
  /** Relative to the folder that was listed. */
  readonly path: string;
  /** The path's bytes, when they are no UTF-8 and `path` only resembles them. */
  readonly rawPath: Uint8Array | undefined;
}

const types: Readonly<Record<number, GuestFileType>> = {
  1: "file",
  2: "folder",
  3: "symlink",
  4: "other",
};

export function readEntry(fields: Fields): GuestEntry {
  return {
    type: types[fields.needNumber(tag.type)] ?? "other",
    bytes: fields.needNumber(tag.size),
    mode: fields.needNumber(tag.mode) & 0o7777,
    uid: fields.needNumber(tag.uid),
    gid: fields.needNumber(tag.gid),
    owner: fields.text(tag.owner) ?? "",
    group: fields.text(tag.group) ?? "",
    modifiedAt: Number((fields.signed(tag.modifiedNs) ?? 0n) / 1000n) / 1000,
    inode: BigInt.asUintN(64, fields.signed(tag.inode) ?? 0n).toString(),
    links: fields.number(tag.links) ?? 1,
    target: fields.text(tag.target),
  };
}

export function readListedEntry(fields: Fields): ListedEntry {
  const raw = fields.bytes(tag.path) ?? new Uint8Array(0);
  return {
    ...readEntry(fields),
    path: fields.text(tag.path) ?? "",
    rawPath: isText(raw) ? undefined : raw,
  };
}
