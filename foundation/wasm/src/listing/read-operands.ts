import { ByteReader } from "../byte-reader.ts";
import { firstAtoms, secondAtoms } from "../opcodes/opcode-table.ts";
import { operandAtoms } from "../opcodes/operand-atom.ts";
import { readHeapType, readValueType, shortType } from "../value-type.ts";
import type { Operand } from "./code-listing.ts";

/** Reads the operands of an instruction that was checked before; `at` is behind its opcode. */
export function readOperands(bytes: Uint8Array, code: number, at: number): readonly Operand[] {
  const reader = new ByteReader(bytes, at);
  const operands: Operand[] = [];
  for (const atom of [firstAtoms[code], secondAtoms[code]]) {
    const name = operandAtoms[atom ?? 0] as string;
    if (name !== "none") (readers[name] ?? readIndex)(reader, operands);
  }
  return operands;
}

type Read = (reader: ByteReader, operands: Operand[]) => void;

const readIndex: Read = (reader, operands) => {
  operands.push(reader.u32());
};

const readers: Readonly<Record<string, Read>> = {
  memarg: readMemarg,
  block: readBlockType,
  labels: (reader, operands) => {
    for (let left = reader.u32(); left >= 0; left--) operands.push(reader.u32());
  },
  "value-types": (reader, operands) => {
    for (let left = reader.u32(); left > 0; left--) operands.push(readValueType(reader).name);
  },
  "try-table": readTryTable,
  i32: (reader, operands) => {
    operands.push(Number(BigInt.asIntN(32, reader.s64())));
  },
  i64: (reader, operands) => {
    operands.push(reader.s64());
  },
  f32: (reader, operands) => {
    operands.push(floatText(viewOf(reader, 4).getFloat32(0, true)));
  },
  f64: (reader, operands) => {
    operands.push(floatText(viewOf(reader, 8).getFloat64(0, true)));
  },
  v128: (reader, operands) => {
    operands.push(`0x${hexOf(reader, 16)}`);
  },
  lanes16: (reader, operands) => {
    for (let left = 16; left > 0; left--) operands.push(reader.byte());
  },
  lane: (reader, operands) => {
    operands.push(reader.byte());
  },
  "heap-type": (reader, operands) => {
    operands.push(readHeapType(reader));
  },
  cast: (reader, operands) => {
    operands.push(reader.byte(), reader.u32(), readHeapType(reader), readHeapType(reader));
  },
  "zero-byte": (reader) => {
    reader.byte();
  },
};

const hasMemoryIndex = 0x40;

function readMemarg(reader: ByteReader, operands: Operand[]): void {
  const flags = reader.u32();
  if (flags & hasMemoryIndex) operands.push(`memory=${reader.u32()}`);
  const offset = reader.u64();
  operands.push(`offset=${offset}`, `align=${2 ** (flags & (hasMemoryIndex - 1))}`);
}

function readBlockType(reader: ByteReader, operands: Operand[]): void {
  const byte = reader.peek();
  if (byte === 0x40) reader.byte();
  else if (byte === 0x63 || byte === 0x64 || shortType(byte) !== undefined) {
    operands.push(readValueType(reader).name);
  } else operands.push(`type=${reader.s33()}`);
}

const clauseNames = ["catch", "catch_ref", "catch_all", "catch_all_ref"];

function readTryTable(reader: ByteReader, operands: Operand[]): void {
  readBlockType(reader, operands);
  for (let left = reader.u32(); left > 0; left--) {
    const kind = reader.byte();
    const tag = kind < 2 ? ` tag=${reader.u32()}` : "";
    operands.push(`${clauseNames[kind]}${tag} label=${reader.u32()}`);
  }
}

function viewOf(reader: ByteReader, size: number): DataView {
  const start = reader.skip(size);
  return new DataView(reader.bytes.buffer, reader.bytes.byteOffset + start, size);
}

function hexOf(reader: ByteReader, size: number): string {
  const start = reader.skip(size);
  return Buffer.from(reader.bytes.subarray(start, start + size)).toString("hex");
}

function floatText(value: number): string {
  return Object.is(value, -0) ? "-0" : String(value);
}
