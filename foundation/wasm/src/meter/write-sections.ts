import type { ByteWriter } from "../byte-writer.ts";
import { tooLarge } from "../malformed.ts";
import type { ItemKind, MemoryItem, SizeLimits, TableItem, WasmModule } from "../module.ts";
import type { DirtyMap } from "./dirty-map.ts";
import type { SupportFunction } from "./support-functions.ts";

/** A global that the rewriter appends. */
export interface AddedGlobal {
  readonly type: number;
  /** Bytes of its constant expression. */
  readonly initial: readonly number[];
}

/** An export that the rewriter appends. */
export interface AddedExport {
  readonly name: string;
  readonly kind: ItemKind;
  readonly index: number;
}

/** A function that the rewriter appends, with its type resolved. */
export interface AddedFunction extends SupportFunction {
  readonly typeIndex: number;
}

/** Everything that is appended to a module. */
export interface Additions {
  readonly types: readonly (readonly number[])[];
  readonly functions: readonly AddedFunction[];
  readonly globals: readonly AddedGlobal[];
  readonly exports: readonly AddedExport[];
  /** Append a table of one function reference. */
  readonly hasGrantTable: boolean;
  /** Append a memory for the marks of written pages. */
  readonly dirtyMap: DirtyMap | undefined;
  readonly memoryPagesMax: number | undefined;
  readonly tableElementsMax: number | undefined;
}

const kindBytes: Readonly<Record<ItemKind, number>> = {
  function: 0,
  table: 1,
  memory: 2,
  global: 3,
  tag: 4,
};

const funcrefByte = 0x70;

/** Writes entries of a section: those that stand, then those that are appended. */
interface SectionParts {
  readonly module: WasmModule;
  readonly added: Additions;
}

/** The type section. */
export function writeTypes(writer: ByteWriter, { module, added }: SectionParts): void {
  writer.u32(module.typeGroupsCount + added.types.length);
  copyEntries(writer, { module, id: 1, count: module.typeGroupsCount });
  for (const bytes of added.types) writer.bytes(bytes);
}

/** The function section. */
export function writeFunctions(writer: ByteWriter, { module, added }: SectionParts): void {
  writer.u32(module.bodies.length + added.functions.length);
  copyEntries(writer, { module, id: 3, count: module.bodies.length });
  for (const { typeIndex } of added.functions) writer.u32(typeIndex);
}

/** The table section, with the maximum of each own table lowered. */
export function writeTables(writer: ByteWriter, { module, added }: SectionParts): void {
  const own = module.tables.filter((each) => each.import === undefined);
  writer.u32(own.length + (added.hasGrantTable ? 1 : 0));
  for (const table of own) writeTable(writer, { module, table, most: added.tableElementsMax });
  if (added.hasGrantTable) writer.bytes([funcrefByte, 1, 1, 1]);
}

function writeTable(
  writer: ByteWriter,
  entry: {
    readonly module: WasmModule;
    readonly table: TableItem;
    readonly most: number | undefined;
  },
): void {
  const { bytes } = entry.module;
  const { range, limitsRange, limits } = entry.table;
  if (entry.most === undefined) {
    writer.copyRange(bytes, range.start, range.end);
    return;
  }
  writer.copyRange(bytes, range.start, limitsRange.start);
  writeLimits(writer, lowered(limits, { meter: "tableElements", most: entry.most }));
  writer.copyRange(bytes, limitsRange.end, range.end);
}

/** The memory section, with the maximum of each own memory lowered. */
export function writeMemories(writer: ByteWriter, { module, added }: SectionParts): void {
  const own = module.memories.filter((each) => each.import === undefined);
  writer.u32(own.length + (added.dirtyMap === undefined ? 0 : 1));
  for (const memory of own) writeMemory(writer, memory, added.memoryPagesMax);
  if (added.dirtyMap !== undefined) {
    const pages = BigInt(added.dirtyMap.pages);
    writeLimits(writer, { minimum: pages, maximum: pages, addressType: "i32", isShared: false });
  }
}

function writeMemory(writer: ByteWriter, memory: MemoryItem, most: number | undefined): void {
  const { limits } = memory;
  writeLimits(
    writer,
    most === undefined ? limits : lowered(limits, { meter: "memoryPages", most }),
  );
}

function lowered(
  limits: SizeLimits,
  bound: { readonly meter: string; readonly most: number },
): SizeLimits {
  const most = BigInt(bound.most);
  if (limits.minimum > most) {
    throw tooLarge(bound.meter, { limit: bound.most, asked: Number(limits.minimum) });
  }
  const isLower = limits.maximum !== undefined && limits.maximum <= most;
  return isLower ? limits : { ...limits, maximum: most };
}

function writeLimits(writer: ByteWriter, limits: SizeLimits): void {
  const { minimum, maximum, addressType, isShared } = limits;
  const flags =
    (maximum === undefined ? 0 : 1) | (isShared ? 2 : 0) | (addressType === "i64" ? 4 : 0);
  writer.byte(flags);
  writer.u64(minimum);
  if (maximum !== undefined) writer.u64(maximum);
}

/** The global section. */
export function writeGlobals(writer: ByteWriter, { module, added }: SectionParts): void {
  const own = module.globals.filter((each) => each.import === undefined).length;
  writer.u32(own + added.globals.length);
  copyEntries(writer, { module, id: 6, count: own });
  for (const { type, initial } of added.globals) writer.bytes([type, 1, ...initial, 0x0b]);
}

/** The export section. */
export function writeExports(writer: ByteWriter, { module, added }: SectionParts): void {
  writer.u32(module.exports.length + added.exports.length);
  copyEntries(writer, { module, id: 7, count: module.exports.length });
  for (const { name, kind, index } of added.exports) {
    writer.name(name);
    writer.byte(kindBytes[kind]);
    writer.u32(index);
  }
}

/** Copies the entries of a section as they stand, without their count. */
function copyEntries(
  writer: ByteWriter,
  from: { readonly module: WasmModule; readonly id: number; readonly count: number },
): void {
  const section = from.module.sections.find((each) => each.id === from.id);
  if (section === undefined) return;
  let start = section.start;
  while ((from.module.bytes[start] as number) >= 0x80) start++;
  writer.copyRange(from.module.bytes, start + 1, section.end);
}
