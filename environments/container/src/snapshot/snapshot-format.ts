import { defineSchema, type Schema, Type } from "@bedplate/schema";

/** What a machine wrote, as the image of its disk. */
export const snapshotFormat = { name: "bedplate-disk", major: 1, minor: 0 } as const;

/** The same, with the memory of its processes as gVisor writes it. */
export const memoryFormat = { name: "bedplate-gvisor", major: 1, minor: 0 } as const;

/** What has to be known of a disk to give it to a machine. The first chunk of a snapshot. */
export interface DiskHeader {
  readonly imageBytes: number;
  readonly inodes: number;
  /** Of the root that the disk was written over. */
  readonly rootDigest: string;
  /** Length of the memory's image, which comes after the disk; left out where there is none. */
  readonly memoryBytes?: number | undefined;
  /** What the captured agent asks of whoever connects. Only together with memory. */
  readonly token?: string | undefined;
}

const headerSchema: Schema<DiskHeader> = defineSchema(
  Type.Object({
    imageBytes: Type.Integer({ minimum: 1, maximum: 2 ** 46 }),
    inodes: Type.Integer({ minimum: 1, maximum: 2 ** 32 }),
    rootDigest: Type.String({ maxLength: 128 }),
    memoryBytes: Type.Optional(Type.Integer({ minimum: 1, maximum: 2 ** 46 })),
    token: Type.Optional(Type.String({ maxLength: 128 })),
  }),
);

/** Bytes of the disk in one chunk, before they are compressed. Parts that hold only zeros are left out. */
export const partBytes: number = 4 * 1024 * 1024;

export function encodeHeader(header: DiskHeader): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(header));
}

/** Reads the first chunk; rejects what is none. */
export function decodeHeader(chunk: Uint8Array): DiskHeader {
  const value: unknown = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(chunk));
  return headerSchema.parse(value, { what: "the snapshot's header", op: "environment.create" });
}

/** One part of a disk: where it is, and its bytes. */
export interface DiskPart {
  readonly offset: number;
  readonly bytes: Uint8Array;
}

/** Bytes before the compressed ones: the offset. */
export const partHeaderBytes = 8;
