import type { ByteReader } from "./byte-reader.ts";
import { malformed } from "./malformed.ts";

/** A value or storage type: its text form and its bytes in the binary format. */
export interface ValueType {
  readonly name: string;
  readonly bytes: readonly number[];
}

const shortTypes: ReadonlyMap<number, ValueType> = new Map(
  Object.entries({
    i32: 0x7f,
    i64: 0x7e,
    f32: 0x7d,
    f64: 0x7c,
    v128: 0x7b,
    i8: 0x78,
    i16: 0x77,
    nullexnref: 0x74,
    nullfuncref: 0x73,
    nullexternref: 0x72,
    nullref: 0x71,
    funcref: 0x70,
    externref: 0x6f,
    anyref: 0x6e,
    eqref: 0x6d,
    i31ref: 0x6c,
    structref: 0x6b,
    arrayref: 0x6a,
    exnref: 0x69,
  }).map(([name, byte]) => [byte, { name, bytes: [byte] }]),
);

const heapNames: ReadonlyMap<number, string> = new Map([
  [0x74, "noexn"],
  [0x73, "nofunc"],
  [0x72, "noextern"],
  [0x71, "none"],
  [0x70, "func"],
  [0x6f, "extern"],
  [0x6e, "any"],
  [0x6d, "eq"],
  [0x6c, "i31"],
  [0x6b, "struct"],
  [0x6a, "array"],
  [0x69, "exn"],
]);

const refByte = 0x64;
const refNullByte = 0x63;

/** The type that one byte names. */
export function shortType(byte: number): ValueType | undefined {
  return shortTypes.get(byte);
}

/** Reads a value type, or a packed storage type. */
export function readValueType(reader: ByteReader): ValueType {
  const start = reader.offset;
  const byte = reader.byte();
  if (byte !== refByte && byte !== refNullByte) {
    const known = shortTypes.get(byte);
    if (known === undefined) throw malformed(start, "malformed value type");
    return known;
  }
  const heap = readHeapType(reader);
  return {
    name: byte === refNullByte ? `(ref null ${heap})` : `(ref ${heap})`,
    bytes: [...reader.bytes.subarray(start, reader.offset)],
  };
}

/** Reads a heap type: the name of an abstract one, or the index of a defined one. */
export function readHeapType(reader: ByteReader): string {
  const start = reader.offset;
  const value = reader.s33();
  if (value >= 0) return String(value);
  const name = value >= -0x40 ? heapNames.get(value & 0x7f) : undefined;
  if (name === undefined) throw malformed(start, "malformed heap type");
  return name;
}

/** Slots of eight bytes that a value takes in a frame. */
export function slotsOf(type: ValueType): number {
  return type.name === "v128" ? 2 : 1;
}
