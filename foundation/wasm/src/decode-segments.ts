import type { DecodeState } from "./decode-state.ts";
import { malformed } from "./malformed.ts";
import type { DataSegment, ElementSegment } from "./module.ts";
import { codeOf } from "./opcodes/opcode-table.ts";
import { atomData, atomElement, atomFunction, atomMemory } from "./opcodes/operand-atom.ts";
import { readValueType, shortType, type ValueType } from "./value-type.ts";

const endCode = codeOf("end");
const refFuncCode = codeOf("ref.func");
const funcref = shortType(0x70) as ValueType;

/** Moves over a constant expression; adds the functions that it refers to. */
export function readConstant(state: DecodeState, functions: number[]): void {
  const { reader, cursor } = state;
  cursor.enter(reader.offset, reader.end);
  for (cursor.next(); cursor.code !== endCode; cursor.next()) {
    if (cursor.code === refFuncCode) functions.push(cursor.first);
  }
  reader.offset = cursor.offset;
}

/** Moves over a constant expression of an item; the module keeps the functions it refers to. */
export function readReferencingConstant(state: DecodeState): void {
  readConstant(state, state.referencedFunctions);
}

/** Reads the element section. */
export function readElements(state: DecodeState): void {
  const { reader, limits, spaces } = state;
  const count = reader.count(limits.elementSegmentsMax, "element segments");
  spaces[atomElement] = count;
  for (let left = count; left > 0; left--) state.elements.push(readElement(state));
}

// Bits of an element segment's flags: not active, explicit table (or declarative), expressions.
function readElement(state: DecodeState): ElementSegment {
  const { reader } = state;
  const start = reader.offset;
  const flags = reader.u32();
  if (flags > 7) throw malformed(start, "malformed element segment");
  const isActive = (flags & 1) === 0;
  const table = isActive && flags & 2 ? reader.u32() : 0;
  if (isActive) {
    if (table >= state.tables.length) throw malformed(start, `unknown table ${table}`);
    readReferencingConstant(state);
  }
  const type = readElementType(state, flags);
  const count = reader.count(limitOf(state), "elements");
  const functions: number[] = [];
  for (let left = count; left > 0; left--) {
    if (flags & 4) readConstant(state, functions);
    else functions.push(readFunctionIndex(state));
  }
  const mode = isActive ? "active" : flags & 2 ? "declarative" : "passive";
  return { mode, table, type, count, functions };
}

function limitOf(state: DecodeState): number {
  return state.limits.elementSegmentsMax;
}

function readElementType(state: DecodeState, flags: number): ValueType {
  if ((flags & 3) === 0) return funcref;
  if (flags & 4) return readValueType(state.reader);
  const start = state.reader.offset;
  if (state.reader.byte() !== 0) throw malformed(start, "malformed element kind");
  return funcref;
}

/** Reads the index of a function that exists. */
export function readFunctionIndex(state: DecodeState): number {
  const start = state.reader.offset;
  const index = state.reader.u32();
  if (index >= (state.spaces[atomFunction] as number)) {
    throw malformed(start, `unknown function ${index}`);
  }
  return index;
}

/** Reads the data count section. */
export function readDataCount(state: DecodeState): void {
  const start = state.reader.offset;
  const count = state.reader.u32();
  if (count > state.limits.dataSegmentsMax) throw malformed(start, `${count} data segments`);
  state.dataCount = count;
  state.spaces[atomData] = count;
}

/** Reads the data section. */
export function readData(state: DecodeState): void {
  const { reader, limits } = state;
  const start = reader.offset;
  const count = reader.count(limits.dataSegmentsMax, "data segments");
  if (state.dataCount !== undefined && state.dataCount !== count) {
    throw malformed(start, "data count and data section have inconsistent lengths");
  }
  for (let left = count; left > 0; left--) state.data.push(readDataSegment(state));
}

function readDataSegment(state: DecodeState): DataSegment {
  const { reader } = state;
  const at = reader.offset;
  const flags = reader.u32();
  if (flags > 2) throw malformed(at, "malformed data segment");
  const memory = flags === 2 ? reader.u32() : 0;
  if (flags !== 1) {
    if (memory >= (state.spaces[atomMemory] as number)) {
      throw malformed(at, `unknown memory ${memory}`);
    }
    readReferencingConstant(state);
  }
  const length = reader.count(state.limits.moduleBytesMax, "bytes of data");
  const start = reader.skip(length);
  return {
    mode: flags === 1 ? "passive" : "active",
    memory,
    bytes: { start, end: start + length },
  };
}
