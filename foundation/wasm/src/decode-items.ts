import type { ByteReader } from "./byte-reader.ts";
import { readFunctionIndex, readReferencingConstant } from "./decode-segments.ts";
import type { DecodeState } from "./decode-state.ts";
import { readMutability } from "./decode-types.ts";
import { malformed } from "./malformed.ts";
import type {
  ByteRange,
  ExportItem,
  GlobalItem,
  ImportName,
  ItemKind,
  MemoryItem,
  SizeLimits,
  TableItem,
  TagItem,
} from "./module.ts";
import {
  atomFunction,
  atomGlobal,
  atomMemory,
  atomTable,
  atomTag,
} from "./opcodes/operand-atom.ts";
import { readValueType } from "./value-type.ts";

const itemKinds: readonly ItemKind[] = ["function", "table", "memory", "global", "tag"];

/** Reads the import section. */
export function readImports(state: DecodeState): void {
  const { reader, limits } = state;
  for (let left = reader.count(limits.importsMax, "imports"); left > 0; left--) {
    const name: ImportName = {
      module: reader.name(limits.nameBytesMax),
      name: reader.name(limits.nameBytesMax),
    };
    readImport(state, name);
  }
  updateSpaces(state);
}

function readImport(state: DecodeState, name: ImportName): void {
  const { reader } = state;
  const kind = readKind(reader);
  switch (kind) {
    case "function":
      state.functions.push({ typeIndex: readFunctionType(state), import: name });
      return;
    case "table":
      state.tables.push({ ...readTableType(state), import: name });
      return;
    case "memory":
      state.memories.push({ ...readMemoryType(reader), import: name });
      return;
    case "global":
      state.globals.push({ ...readGlobalType(reader), import: name });
      return;
    case "tag":
      state.tags.push({ ...readTag(state), import: name });
      return;
  }
}

function updateSpaces({ spaces, ...state }: DecodeState): void {
  spaces[atomFunction] = state.functions.length;
  spaces[atomTable] = state.tables.length;
  spaces[atomMemory] = state.memories.length;
  spaces[atomGlobal] = state.globals.length;
  spaces[atomTag] = state.tags.length;
}

/** Reads the function section. */
export function readFunctions(state: DecodeState): void {
  const { reader, limits } = state;
  for (let left = reader.count(limits.functionsMax, "functions"); left > 0; left--) {
    state.functions.push({ typeIndex: readFunctionType(state) });
  }
  updateSpaces(state);
}

/** Reads the table section. */
export function readTables(state: DecodeState): void {
  const { reader, limits } = state;
  for (let left = reader.count(limits.tablesMax, "tables"); left > 0; left--) {
    const start = reader.offset;
    const hasInitializer = reader.peek() === 0x40;
    if (hasInitializer) {
      reader.skip(1);
      if (reader.byte() !== 0) throw malformed(start, "malformed table");
    }
    const type = readTableType(state);
    if (hasInitializer) readReferencingConstant(state);
    state.tables.push({ ...type, range: { start, end: reader.offset } });
  }
  updateSpaces(state);
}

/** Reads the memory section. */
export function readMemories(state: DecodeState): void {
  const count = state.reader.count(state.limits.memoriesMax, "memories");
  for (let left = count; left > 0; left--) state.memories.push(readMemoryType(state.reader));
  updateSpaces(state);
}

/** Reads the tag section. */
export function readTags(state: DecodeState): void {
  const count = state.reader.count(state.limits.tagsMax, "tags");
  for (let left = count; left > 0; left--) state.tags.push(readTag(state));
  updateSpaces(state);
}

/** Reads the global section. */
export function readGlobals(state: DecodeState): void {
  const { reader, limits } = state;
  for (let left = reader.count(limits.globalsMax, "globals"); left > 0; left--) {
    const type = readGlobalType(reader);
    readReferencingConstant(state);
    state.globals.push(type);
    state.spaces[atomGlobal] = state.globals.length;
  }
}

/** Reads the export section. */
export function readExports(state: DecodeState): void {
  const { reader, limits } = state;
  const count = reader.count(limits.exportsMax, "exports");
  for (let left = count; left > 0; left--) state.exports.push(readExport(state));
}

function readExport(state: DecodeState): ExportItem {
  const { reader, limits, spaces } = state;
  const name = reader.name(limits.nameBytesMax);
  const kind = readKind(reader);
  const at = reader.offset;
  const index = reader.u32();
  const atoms = { function: atomFunction, table: atomTable, memory: atomMemory } as const;
  const atom = kind === "global" ? atomGlobal : kind === "tag" ? atomTag : atoms[kind];
  if (index >= (spaces[atom] as number)) throw malformed(at, `unknown ${kind} ${index}`);
  return { name, kind, index };
}

/** Reads the start section. */
export function readStart(state: DecodeState): void {
  state.startFunction = readFunctionIndex(state);
}

function readKind(reader: ByteReader): ItemKind {
  const kind = itemKinds[reader.byte()];
  if (kind === undefined) throw malformed(reader.offset - 1, "malformed import or export kind");
  return kind;
}

function readFunctionType(state: DecodeState): number {
  const at = state.reader.offset;
  const index = state.reader.u32();
  if (state.types[index]?.kind !== "function") throw malformed(at, `unknown type ${index}`);
  return index;
}

function readTag(state: DecodeState): TagItem {
  if (state.reader.byte() !== 0) throw malformed(state.reader.offset - 1, "malformed tag");
  return { typeIndex: readFunctionType(state) };
}

function readGlobalType(reader: ByteReader): GlobalItem {
  const type = readValueType(reader);
  return { type, isMutable: readMutability(reader) };
}

function readMemoryType(reader: ByteReader): MemoryItem {
  const start = reader.offset;
  const limits = readSizeLimits(reader);
  return { limits, range: { start, end: reader.offset } };
}

function readTableType({ reader }: DecodeState): TableItem {
  const start = reader.offset;
  const elementType = readValueType(reader);
  const limitsStart = reader.offset;
  const limits = readSizeLimits(reader);
  const limitsRange: ByteRange = { start: limitsStart, end: reader.offset };
  return { elementType, limits, range: { start, end: reader.offset }, limitsRange };
}

// Bits of the flags: has a maximum, is shared, has 64-bit addresses.
function readSizeLimits(reader: ByteReader): SizeLimits {
  const start = reader.offset;
  const flags = reader.byte();
  if (flags > 7) throw malformed(start, "malformed limits flags");
  const addressType = flags & 4 ? "i64" : "i32";
  const read = () => (flags & 4 ? reader.u64() : BigInt(reader.u32()));
  const minimum = read();
  const maximum = flags & 1 ? read() : undefined;
  return { minimum, maximum, addressType, isShared: (flags & 2) !== 0 };
}
