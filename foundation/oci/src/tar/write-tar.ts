/** A member of an archive that is written. */
export interface TarMember {
  readonly path: string;
  readonly kind: "file" | "folder" | "link" | "hardlink";
  readonly target?: string | undefined;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly modifiedAt: number;
  readonly bytes: number;
  readonly attributes?: ReadonlyMap<string, Uint8Array> | undefined;
}

const blockBytes = 512;
const types = { file: "0", hardlink: "1", link: "2", folder: "5" } as const;

/** Largest number in a field of seven octal digits. */
const shortMax = 0o7777777;
/** Largest number in a field of eleven octal digits. */
const longMax = 0o77777777777;

/** The header of a member: an extended one before it where the fields of POSIX are too small. */
export function tarHeader(member: TarMember): Uint8Array {
  const records = extendedRecords(member);
  const header = plainHeader(member, types[member.kind]);
  if (records.length === 0) return header;
  const extension = plainHeader(
    { ...member, path: "paxheader", target: "", bytes: records.length, uid: 0, gid: 0 },
    "x",
  );
  return Buffer.concat([extension, records, tarPadding(records.length), header]);
}

/** What fills the last block of a member's bytes. */
export function tarPadding(bytes: number): Uint8Array {
  return new Uint8Array((blockBytes - (bytes % blockBytes)) % blockBytes);
}

/** What ends an archive. */
export const tarEnd: Uint8Array = new Uint8Array(2 * blockBytes);

function plainHeader(member: TarMember, type: string): Buffer {
  const { path, target = "", mode, uid, gid, bytes, modifiedAt } = member;
  const header = Buffer.alloc(blockBytes);
  const octal = (value: number, at: number, length: number) =>
    header.write(`${value.toString(8).padStart(length - 1, "0")}\0`, at, length, "latin1");
  header.write(member.kind === "folder" && type === "5" ? `${path}/` : path, 0, 100);
  octal(mode & 0o7777, 100, 8);
  octal(Math.min(uid, shortMax), 108, 8);
  octal(Math.min(gid, shortMax), 116, 8);
  octal(Math.min(bytes, longMax), 124, 12);
  octal(Math.max(0, Math.min(Math.floor(modifiedAt), longMax)), 136, 12);
  header.write(type, 156);
  header.write(target, 157, 100);
  header.write("ustar\x0000", 257, "latin1");
  header.fill(0x20, 148, 156);
  const sum = header.reduce((all, each) => all + each, 0);
  header.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148, 8, "latin1");
  return header;
}

function extendedRecords(member: TarMember): Buffer {
  const { path, target = "", uid, gid, bytes, modifiedAt, attributes } = member;
  const records: Buffer[] = [];
  const add = (keyword: string, value: string | Uint8Array) =>
    records.push(recordOf(keyword, Buffer.from(value as string)));
  if (Buffer.byteLength(path) > 98) add("path", path);
  if (Buffer.byteLength(target) > 100) add("linkpath", target);
  if (uid > shortMax) add("uid", String(uid));
  if (gid > shortMax) add("gid", String(gid));
  if (bytes > longMax) add("size", String(bytes));
  if (modifiedAt < 0 || !Number.isInteger(modifiedAt)) add("mtime", String(modifiedAt));
  for (const [name, value] of attributes ?? []) add(`SCHILY.xattr.${name}`, value);
  return Buffer.concat(records);
}

/** `length keyword=value\n`, where the length counts its own digits. */
function recordOf(keyword: string, value: Buffer): Buffer {
  const rest = Buffer.concat([Buffer.from(` ${keyword}=`), value, Buffer.from("\n")]);
  let digits = 1;
  while (String(rest.length + digits).length > digits) digits += 1;
  return Buffer.concat([Buffer.from(String(rest.length + digits)), rest]);
}
