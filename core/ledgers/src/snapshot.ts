import { type CborValue, decodeCbor, encodeCbor } from "@bedplate/codec";
import { raise } from "@bedplate/errors";
import type { KeyChange } from "./commitment/state-commitment.ts";
import { ledgerLimits } from "./ledger-limits.ts";
import type { LedgerEntry } from "./store/versioned-state.ts";

/** What a snapshot says of itself. */
export interface SnapshotHeader {
  /** The way the root was computed. */
  readonly commitment: string;
  readonly root: string;
  /** The batch whose state it is. */
  readonly number: number;
}

/** A state as bytes: equal states of the same batch have equal bytes. */
export interface LedgerSnapshot {
  readonly header: SnapshotHeader;
  readonly entries: readonly KeyChange[];
}

/** The largest snapshot, in bytes. */
export const snapshotBytesMax: number = 256 * 1024 * 1024;

const format = "bedplate-ledger-snapshot-1";
/** Entries of one frame. */
const frameEntries = 256;

/**
 * Frames, each a length of 4 bytes (big endian) and canonical CBOR: first `[format, commitment, root,
 * number]`, then lists of `[key, value]` in bytewise order, at last the count of the entries.
 */
export async function writeSnapshot(
  header: SnapshotHeader,
  entries: AsyncIterable<LedgerEntry>,
): Promise<Uint8Array> {
  const frames: Uint8Array[] = [];
  let bytes = 0;
  const add = (value: CborValue) => {
    const body = encodeCbor(value);
    const length = Buffer.alloc(4);
    length.writeUInt32BE(body.length);
    frames.push(length, body);
    bytes += 4 + body.length;
    if (bytes > snapshotBytesMax) throw tooLarge(bytes);
  };
  add([format, header.commitment, header.root, header.number]);
  let frame: CborValue[] = [];
  let count = 0;
  for await (const { key, value } of entries) {
    frame.push([key, value]);
    count++;
    if (frame.length < frameEntries) continue;
    add(frame);
    frame = [];
  }
  if (frame.length > 0) add(frame);
  add(count);
  return Buffer.concat(frames);
}

/** Reads what `writeSnapshot` wrote; throws `argument.invalid` for anything else. */
export function readSnapshot(bytes: Uint8Array): LedgerSnapshot {
  const frames = readFrames(bytes);
  const header = readHeader(frames[0]);
  const entries = frames.slice(1, -1).flatMap(readEntries);
  if (frames.at(-1) !== entries.length) throw invalid("its count of entries is not what it holds");
  for (const [at, { key }] of entries.entries()) {
    const before = entries[at - 1];
    if (before !== undefined && Buffer.compare(before.key, key) >= 0) {
      throw invalid("its keys are not sorted and unique");
    }
  }
  return { header, entries };
}

function readFrames(bytes: Uint8Array): readonly CborValue[] {
  const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const frames: CborValue[] = [];
  for (let at = 0; at < view.length; ) {
    if (at + 4 > view.length) throw invalid("it ends in the middle of a frame");
    const end = at + 4 + view.readUInt32BE(at);
    if (end > view.length) throw invalid("it ends in the middle of a frame");
    frames.push(readFrame(view.subarray(at + 4, end)));
    at = end;
  }
  if (frames.length < 2) throw invalid("it has no header and end");
  return frames;
}

function readFrame(body: Uint8Array): CborValue {
  try {
    return decodeCbor(body);
  } catch (cause) {
    throw invalid("a frame is no canonical CBOR", cause);
  }
}

function readHeader(frame: CborValue | undefined): SnapshotHeader {
  const [name, commitment, root, number] = Array.isArray(frame) ? (frame as CborValue[]) : [];
  const isHeader =
    name === format &&
    typeof commitment === "string" &&
    typeof root === "string" &&
    typeof number === "number";
  if (!isHeader) throw invalid(`its header is not that of ${format}`);
  return { commitment, root, number };
}

function readEntries(frame: CborValue): readonly KeyChange[] {
  if (!Array.isArray(frame)) throw invalid("a frame is no list of entries");
  return (frame as CborValue[]).map((entry) => {
    const [key, value, ...rest] = Array.isArray(entry) ? (entry as CborValue[]) : [];
    const isEntry =
      key instanceof Uint8Array &&
      value instanceof Uint8Array &&
      rest.length === 0 &&
      key.length <= ledgerLimits.keyBytesMax &&
      value.length <= ledgerLimits.valueBytesMax;
    if (!isEntry) throw invalid("an entry is no key and value within the limits");
    return { key, value };
  });
}

function invalid(why: string, cause?: unknown): Error {
  return raise("argument.invalid", {
    op: "ledgers.import",
    detail: { path: "/snapshot", rule: why },
    message: `Cannot read the snapshot: ${why}`,
    cause,
  });
}

function tooLarge(asked: number): Error {
  return raise("quota.exceeded", {
    op: "ledgers.export",
    retry: "never",
    detail: { meter: "snapshotBytes", limit: snapshotBytesMax, asked },
    message: `Cannot export the ledger: its snapshot has more than ${snapshotBytesMax} bytes`,
  });
}
