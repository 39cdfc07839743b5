import { ByteReader } from "./byte-reader.ts";
import { readCode } from "./decode-code.ts";
import {
  readExports,
  readFunctions,
  readGlobals,
  readImports,
  readMemories,
  readStart,
  readTables,
  readTags,
} from "./decode-items.ts";
import { type DecodeLimits, decodeLimits } from "./decode-limits.ts";
import { readNames } from "./decode-names.ts";
import { readData, readDataCount, readElements } from "./decode-segments.ts";
import type { DecodeState } from "./decode-state.ts";
import { readTypes } from "./decode-types.ts";
import { emptyIndexSpaces } from "./index-spaces.ts";
import { InstructionCursor } from "./instruction-cursor.ts";
import { malformed, tooLarge } from "./malformed.ts";
import type { WasmModule } from "./module.ts";
import { atomType } from "./opcodes/operand-atom.ts";
import { customSection, sectionRank } from "./section-order.ts";

/** How to decode. */
export interface DecodeOptions {
  /** Replaces single limits. */
  readonly limits?: Partial<DecodeLimits> | undefined;
}

/**
 * Decodes the structure of a module. It checks the format, the sizes and every index; the engine
 * checks the types. What is wrong raises `argument.invalid` with the byte offset.
 */
export function decodeModule(bytes: Uint8Array, options: DecodeOptions = {}): WasmModule {
  const limits = { ...decodeLimits, ...options.limits };
  if (bytes.length > limits.moduleBytesMax) {
    throw tooLarge("moduleBytes", { limit: limits.moduleBytesMax, asked: bytes.length });
  }
  const state = openState(bytes, limits);
  readHeader(state.reader);
  readSections(state);
  return finish(state);
}

function openState(bytes: Uint8Array, limits: DecodeLimits): DecodeState {
  const spaces = emptyIndexSpaces();
  return {
    reader: new ByteReader(bytes),
    cursor: new InstructionCursor(bytes, spaces),
    spaces,
    limits,
    sections: [],
    types: [],
    typeGroupsCount: 0,
    functions: [],
    tables: [],
    memories: [],
    tags: [],
    globals: [],
    exports: [],
    startFunction: undefined,
    elements: [],
    dataCount: undefined,
    data: [],
    bodies: [],
    moduleName: undefined,
    functionNames: new Map(),
    referencedFunctions: [],
  };
}

function readHeader(reader: ByteReader): void {
  const header = [0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00];
  for (const expected of header) {
    if (reader.byte() !== expected) {
      throw malformed(reader.offset - 1, "magic header or version not detected");
    }
  }
}

function readSections(state: DecodeState): void {
  const { reader, limits } = state;
  const fileEnd = reader.end;
  let rank = 0;
  for (let custom = 0; reader.offset < fileEnd; ) {
    const at = reader.offset;
    const id = reader.byte();
    const size = reader.count(limits.moduleBytesMax, "bytes of a section");
    const end = reader.offset + size;
    reader.end = end;
    if (id === customSection) {
      if (++custom > limits.customSectionsMax) throw malformed(at, "too many custom sections");
    } else {
      const next = sectionRank(id);
      if (next < 0) throw malformed(at, "malformed section id");
      if (next <= rank) throw malformed(at, "unexpected content after last section");
      rank = next;
    }
    readSection(state, { at, id });
    if (id !== customSection && reader.offset !== end) throw malformed(at, "section size mismatch");
    reader.offset = end;
    reader.end = fileEnd;
  }
}

function readSection(
  state: DecodeState,
  section: { readonly at: number; readonly id: number },
): void {
  const { reader, limits, sections } = state;
  const start = reader.offset;
  const range = { start, end: reader.end };
  if (section.id !== customSection) {
    sections.push({ ...section, ...range });
    sectionReaders[section.id]?.(state);
    return;
  }
  const name = reader.name(limits.nameBytesMax);
  sections.push({ ...section, name, ...range });
  if (name === "name") readNames(state);
}

const sectionReaders: Readonly<Record<number, (state: DecodeState) => void>> = {
  1: (state) => {
    state.typeGroupsCount = readTypes(state.reader, state);
    state.spaces[atomType] = state.types.length;
  },
  2: readImports,
  3: readFunctions,
  4: readTables,
  5: readMemories,
  6: readGlobals,
  7: readExports,
  8: readStart,
  9: readElements,
  10: readCode,
  11: readData,
  12: readDataCount,
  13: readTags,
};

function finish(state: DecodeState): WasmModule {
  const { reader, moduleName, functionNames } = state;
  const defined = state.functions.filter((each) => each.import === undefined).length;
  if (defined !== state.bodies.length) {
    throw malformed(reader.offset, "function and code section have inconsistent lengths");
  }
  if (state.dataCount !== undefined && state.dataCount !== state.data.length) {
    throw malformed(reader.offset, "data count and data section have inconsistent lengths");
  }
  return {
    bytes: reader.bytes,
    sections: state.sections,
    types: state.types,
    typeGroupsCount: state.typeGroupsCount,
    functions: state.functions,
    tables: state.tables,
    memories: state.memories,
    tags: state.tags,
    globals: state.globals,
    exports: state.exports,
    startFunction: state.startFunction,
    elements: state.elements,
    dataCount: state.dataCount,
    data: state.data,
    bodies: state.bodies,
    names: { module: moduleName, functions: functionNames },
    referencedFunctions: state.referencedFunctions,
  };
}
