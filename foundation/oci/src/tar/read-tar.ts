import { ByteReader } from "./byte-reader.ts";

/** One member of a tar archive. */
export interface TarEntry {
  readonly path: string;
  /** A device is told as such only to who asked for devices; else it is of another kind. */
  readonly kind: "file" | "folder" | "link" | "hardlink" | "device" | "other";
  /** `major/minor` of a device. */
  readonly device?: string | undefined;
  /** Where a link leads; of a hard link, the path of the other name. */
  readonly target: string;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly bytes: number;
  /** Seconds since 1970. */
  readonly modifiedAt: number;
  /** Extended attributes by their names in the kernel. */
  readonly attributes: ReadonlyMap<string, Uint8Array>;
  /** Read it before the next entry is asked for; what is left is passed over. */
  body(): AsyncIterable<Uint8Array>;
}

const blockBytes = 512;

/** Longest extended header, in bytes: paths and attributes. */
const headerBytesMax = 1024 * 1024;

/** The members of an archive in the formats of POSIX and GNU, in their order; the source is read to its end. */
export async function* readTar(
  source: AsyncIterable<Uint8Array>,
  options: { readonly devices?: boolean | undefined } = {},
): AsyncGenerator<TarEntry> {
  const reader = new ByteReader(source);
  try {
    yield* readMembers(reader, options);
    await reader.drain();
  } finally {
    await reader.close();
  }
}

async function* readMembers(
  reader: ByteReader,
  options: { readonly devices?: boolean | undefined },
): AsyncGenerator<TarEntry> {
  let extended: Extended = {};
  for (;;) {
    const block = await reader.take(blockBytes);
    if (block === undefined || block.every((each) => each === 0)) return;
    const header = readHeader(block);
    if (isExtension(header.type)) {
      extended = { ...extended, ...(await readExtension(reader, header)) };
      continue;
    }
    const entry = withDevice(entryOf(header, extended), { block, ...options });
    extended = {};
    let left = entry.bytes;
    const padding = (blockBytes - (entry.bytes % blockBytes)) % blockBytes;
    async function* body(): AsyncGenerator<Uint8Array> {
      for await (const part of reader.pass(left)) {
        left -= part.length;
        yield part;
      }
      if (left > 0) throw new Error("the archive ends within a file");
    }
    yield { ...entry, body };
    for await (const part of reader.pass(left)) left -= part.length;
    if (left > 0) throw new Error("the archive ends within a file");
    if (padding > 0) await reader.take(padding);
  }
}

interface Header {
  readonly path: string;
  readonly type: string;
  readonly target: string;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly bytes: number;
  readonly modifiedAt: number;
}

/** What an extension says of the member after it. */
interface Extended {
  readonly path?: string;
  readonly target?: string;
  readonly bytes?: number;
  readonly uid?: number;
  readonly gid?: number;
  readonly modifiedAt?: number;
  readonly attributes?: ReadonlyMap<string, Uint8Array>;
}

const noAttributes: ReadonlyMap<string, Uint8Array> = new Map();

const kinds: Readonly<Record<string, TarEntry["kind"]>> = {
  "0": "file",
  "": "file",
  "7": "file",
  "1": "hardlink",
  "2": "link",
  "5": "folder",
};

function entryOf(header: Header, extended: Extended): Omit<TarEntry, "body"> {
  const { type, ...rest } = header;
  // A file with holes whose bytes are told in another order: read as an ordinary one it would be another.
  if (type === "S") throw new Error("the archive has a sparse file in GNU's own form");
  const kind = kinds[type] ?? "other";
  const entry = { attributes: noAttributes, ...rest, ...extended, kind };
  return { ...entry, bytes: kind === "file" ? entry.bytes : 0 };
}

function withDevice<E extends Omit<TarEntry, "body">>(
  entry: E,
  options: { readonly block: Uint8Array; readonly devices?: boolean | undefined },
): E {
  const { block, devices } = options;
  if (devices !== true || text(block, 156, 1) !== "3") return entry;
  return { ...entry, kind: "device", device: `${number(block, 329, 8)}/${number(block, 337, 8)}` };
}

function readHeader(block: Uint8Array): Header {
  checkSum(block);
  const prefix = text(block, 345, 155);
  const name = text(block, 0, 100);
  const isPosix = text(block, 257, 6) === "ustar";
  return {
    path: isPosix && prefix !== "" ? `${prefix}/${name}` : name,
    mode: number(block, 100, 8) & 0o7777,
    uid: number(block, 108, 8),
    gid: number(block, 116, 8),
    bytes: number(block, 124, 12),
    modifiedAt: number(block, 136, 12),
    type: text(block, 156, 1),
    target: text(block, 157, 100),
  };
}

function checkSum(block: Uint8Array): void {
  const sum = block.reduce((all, each, at) => all + (at >= 148 && at < 156 ? 32 : each), 0);
  if (sum !== number(block, 148, 8)) throw new Error("a header of the archive is damaged");
}

function text(block: Uint8Array, at: number, length: number): string {
  const bytes = block.subarray(at, at + length);
  const end = bytes.indexOf(0);
  return Buffer.from(end < 0 ? bytes : bytes.subarray(0, end)).toString("utf8");
}

// Octal digits; numbers that do not fit are binary, with the top bit set.
function number(block: Uint8Array, at: number, length: number): number {
  const first = block[at] ?? 0;
  if (first < 0x80) return Number.parseInt(text(block, at, length).trim() || "0", 8) || 0;
  if (first !== 0x80) throw new Error("a number of the archive is negative");
  const value = block.subarray(at + 1, at + length).reduce((all, each) => all * 256 + each, 0);
  if (!Number.isSafeInteger(value)) throw new Error("a number of the archive is too large");
  return value;
}

function isExtension(type: string): boolean {
  return "xgLK".includes(type) && type !== "";
}

async function readExtension(reader: ByteReader, header: Header): Promise<Extended> {
  if (header.bytes > headerBytesMax) throw new Error("a header of the archive is too long");
  const body = (await reader.take(header.bytes)) ?? new Uint8Array();
  const padding = (blockBytes - (header.bytes % blockBytes)) % blockBytes;
  if (padding > 0) await reader.take(padding);
  if (header.type === "g") return {};
  if (header.type === "x") return readRecords(Buffer.from(body));
  const value = text(body, 0, body.length);
  return header.type === "L" ? { path: value } : { target: value };
}

/** Most attributes of one member. */
const attributesMax = 64;
const attributePrefix = "SCHILY.xattr.";

// Records are `length keyword=value\n`, where the length counts itself.
function readRecords(body: Buffer): Extended {
  const found: Record<string, string> = {};
  const attributes = new Map<string, Uint8Array>();
  for (let at = 0; at < body.length; ) {
    const blank = body.indexOf(0x20, at);
    const length = Number(body.toString("latin1", at, Math.max(at, blank)));
    if (blank < 0 || !Number.isInteger(length) || length <= blank - at + 1) throw damaged();
    const record = body.subarray(blank + 1, at + length - 1);
    const equals = record.indexOf(0x3d);
    if (equals < 0 || at + length > body.length) throw damaged();
    const keyword = record.toString("utf8", 0, equals);
    const value = record.subarray(equals + 1);
    if (keyword.startsWith("GNU.sparse.")) throw new Error("the archive has a sparse file");
    if (keyword.startsWith(attributePrefix)) {
      attributes.set(keyword.slice(attributePrefix.length), value);
      if (attributes.size > attributesMax) throw new Error("a member has too many attributes");
    } else found[keyword] = value.toString("utf8");
    at += length;
  }
  return { ...extendedOf(found), ...(attributes.size > 0 && { attributes }) };
}

function extendedOf(found: Readonly<Record<string, string>>): Extended {
  const { path, linkpath, size, uid, gid, mtime } = found;
  return {
    ...(path !== undefined && { path }),
    ...(linkpath !== undefined && { target: linkpath }),
    ...(size !== undefined && { bytes: amount(size) }),
    ...(uid !== undefined && { uid: amount(uid) }),
    ...(gid !== undefined && { gid: amount(gid) }),
    ...(mtime !== undefined && { modifiedAt: seconds(mtime) }),
  };
}

function damaged(): Error {
  return new Error("an extended header of the archive is damaged");
}

function seconds(value: string): number {
  const result = Number(value);
  if (!Number.isFinite(result) || Math.abs(result) > 2 ** 40)
    throw new Error("a time of the archive is odd");
  return result;
}

function amount(value: string): number {
  const result = Number(value);
  if (!/^\d+$/.test(value) || !Number.isSafeInteger(result))
    throw new Error("a number of the archive is odd");
  return result;
}
