import { ByteWriter } from "../byte-writer.ts";
import { costTableVersion } from "../cost-table.ts";
import { decodeLimits } from "../decode-limits.ts";
import { decodeModule } from "../decode-module.ts";
import type { ImportName, SizeLimits, WasmModule } from "../module.ts";
import { customSection, sectionRank, startSection } from "../section-order.ts";
import { CodeWriter } from "./code-writer.ts";
import { LayoutDecisions } from "./decide-layout.ts";
import { type DirtyMap, type DirtyRange, layOutDirtyMap } from "./dirty-map.ts";
import { BodyEmitter } from "./emit-body.ts";
import type { FunctionPlan } from "./function-plan.ts";
import { AdditionsPlan, type StateNames } from "./plan-additions.ts";
import { refusedBits, refusedInstruction, refuseSectionFeatures } from "./refuse-features.ts";
import { markSection, refuseReservedNames } from "./reserved-names.ts";
import {
  type RewriteOptions,
  type RewriteSettings,
  rewriteDigest,
  rewriteVersion,
  settleOptions,
} from "./rewrite-options.ts";
import { BodyScanner } from "./scan-body.ts";
import {
  type Additions,
  writeExports,
  writeFunctions,
  writeGlobals,
  writeMemories,
  writeTables,
  writeTypes,
} from "./write-sections.ts";

/** An imported memory or table: its size is the host's to bound. */
export interface ImportedSize extends ImportName {
  readonly kind: "memory" | "table";
  readonly limits: SizeLimits;
}

/** A rewritten module and what a host needs to know to run it. */
export interface RewrittenModule {
  readonly bytes: Uint8Array;
  /** Digest of the options and versions; equal input and digest give equal bytes. */
  readonly digest: string;
  readonly costTableVersion: number;
  readonly hasFuel: boolean;
  readonly hasDepth: boolean;
  /** The module has a start function, which now is an export that the host calls. */
  readonly hasStart: boolean;
  readonly importedSizes: readonly ImportedSize[];
  /** Names of the exported state; absent without `exportState`. */
  readonly state?: StateNames | undefined;
  /** Where the marks of each memory stand; absent without `dirtyPages`. */
  readonly dirtyRanges?: readonly DirtyRange[] | undefined;
  /** The module declares structures or arrays: they live outside of memories and tables. */
  readonly hasHeapState: boolean;
}

/**
 * Adds fuel, depth and bounds to a module. Items are only appended, so indices keep their meaning.
 * The input should have passed the engine's validation: types are not checked here. Malformed input
 * and refused features raise `argument.invalid`, sizes over a limit raise `quota.exceeded`.
 */
export function rewriteModule(bytes: Uint8Array, options: RewriteOptions = {}): RewrittenModule {
  const settings = settleOptions(options);
  const module = decodeModule(bytes, { limits: options.limits });
  refuseReservedNames(module);
  refuseSectionFeatures(module, settings.refuse);
  const scanner = openScanner(module, { settings, options });
  const plans = scanBodies(module, scanner);
  const additions = new AdditionsPlan(module, settings);
  const isMetered = settings.fuel || settings.depth;
  if (isMetered) additions.exportStart();
  const state = settings.exportState
    ? additions.exportState(mutableTables(module, scanner.writtenTables))
    : undefined;
  const map = settings.dirtyPages ? layOutDirtyMap(module, settings.memoryPagesMax) : undefined;
  const code = emitCode(module, { plans, scanner, additions, settings, map });
  const digest = rewriteDigest(options);
  const added = toAdditions(additions, { settings, map });
  return {
    bytes: writeModule(module, { added, code, digest, dropsStart: isMetered }),
    digest,
    costTableVersion,
    hasFuel: settings.fuel,
    hasDepth: settings.depth,
    hasStart: isMetered && module.startFunction !== undefined,
    importedSizes: importedSizes(module),
    state,
    dirtyRanges: map?.ranges,
    hasHeapState: module.types.some((each) => each.kind !== "function"),
  };
}

function openScanner(
  module: WasmModule,
  how: { readonly settings: RewriteSettings; readonly options: RewriteOptions },
): BodyScanner {
  const { settings, options } = how;
  return new BodyScanner(module, {
    mergesRegions: settings.charging === "regions",
    marksNan: settings.nan === "canonical",
    marksStores: settings.dirtyPages,
    nestingMax: options.limits?.nestingMax ?? decodeLimits.nestingMax,
    refused: refusedBits(settings.refuse),
    refuse: (code, offset) => refusedInstruction(settings.refuse, { code, offset }),
  });
}

function scanBodies(
  module: WasmModule,
  scanner: BodyScanner,
): readonly (FunctionPlan | undefined)[] {
  const plans: (FunctionPlan | undefined)[] = module.functions.map(() => undefined);
  for (const body of module.bodies) plans[body.index] = scanner.scan(body);
  return plans;
}

/** Functions with callers that the module does not show. */
function exposedFunctions(module: WasmModule, scanner: BodyScanner): ReadonlySet<number> {
  const exposed = new Set(scanner.referenced);
  for (const each of module.exports) if (each.kind === "function") exposed.add(each.index);
  for (const each of module.elements) for (const index of each.functions) exposed.add(index);
  for (const index of module.referencedFunctions) exposed.add(index);
  if (module.startFunction !== undefined) exposed.add(module.startFunction);
  return exposed;
}

/** Tables that can change after instantiation: written by code, imported or exported. */
function mutableTables(module: WasmModule, written: ReadonlySet<number>): readonly number[] {
  const shared = new Set(module.exports.filter((e) => e.kind === "table").map((e) => e.index));
  return module.tables.flatMap((table, index) =>
    written.has(index) || shared.has(index) || table.import !== undefined ? [index] : [],
  );
}

function importedSizes(module: WasmModule): readonly ImportedSize[] {
  const sizes = (kind: "memory" | "table", items: WasmModule["memories"] | WasmModule["tables"]) =>
    items.flatMap((item) =>
      item.import === undefined ? [] : [{ kind, ...item.import, limits: item.limits }],
    );
  return [...sizes("memory", module.memories), ...sizes("table", module.tables)];
}

function emitCode(
  module: WasmModule,
  parts: {
    readonly plans: readonly (FunctionPlan | undefined)[];
    readonly scanner: BodyScanner;
    readonly additions: AdditionsPlan;
    readonly settings: RewriteSettings;
    readonly map: DirtyMap | undefined;
  },
): Uint8Array {
  const { plans, scanner, additions, settings, map } = parts;
  const { indices } = additions;
  const { events, costs } = scanner.tracker;
  const exposed = exposedFunctions(module, scanner);
  const decisions = new LayoutDecisions({ plans, events, costs, exposed, settings });
  const writer = new CodeWriter(module.bytes.length + (module.bytes.length >> 1) + 1024);
  const emitter = new BodyEmitter(writer, {
    module,
    events,
    costs,
    added: additions.indices,
    types: additions.types,
    marks: map && { module, map, memory: indices.dirtyMap, markRange: indices.markRange },
    isTransparent: (callee) => decisions.isTransparent(callee),
    readsDepth: (callee) => decisions.readsDepth(callee),
  });
  writer.u32(module.bodies.length + additions.functions.length);
  for (const plan of plans) if (plan !== undefined) emitter.emit(plan, decisions.layoutOf(plan));
  for (const { body } of additions.functions) writer.prefixed(body);
  return writer.finish();
}

function toAdditions(
  plan: AdditionsPlan,
  how: { readonly settings: RewriteSettings; readonly map: DirtyMap | undefined },
): Additions {
  const { settings, map } = how;
  return {
    types: plan.types.entries,
    functions: plan.functions,
    globals: plan.globals,
    exports: plan.exports,
    hasGrantTable: settings.fuel,
    dirtyMap: map,
    memoryPagesMax: settings.memoryPagesMax,
    tableElementsMax: settings.tableElementsMax,
  };
}

interface ModuleParts {
  readonly added: Additions;
  readonly code: Uint8Array;
  readonly digest: string;
  readonly dropsStart: boolean;
}

/** Sections whose contents are written anew, by id; the others are copied. */
const writers: Readonly<
  Record<
    number,
    (writer: ByteWriter, parts: { readonly module: WasmModule; readonly added: Additions }) => void
  >
> = {
  1: writeTypes,
  3: writeFunctions,
  4: writeTables,
  5: writeMemories,
  6: writeGlobals,
  7: writeExports,
};

const codeId = 10;

function writeModule(module: WasmModule, parts: ModuleParts): Uint8Array {
  const writer = new ByteWriter(module.bytes.length + parts.code.length + 4096);
  writer.copyRange(module.bytes, 0, 8);
  const isPresent = new Set(module.sections.map((each) => each.id));
  const missing = [1, 3, 4, 5, 6, 7, codeId]
    .filter((id) => !isPresent.has(id) && isNeeded(id, parts))
    .sort((a, b) => sectionRank(a) - sectionRank(b));
  for (const section of module.sections) {
    if (section.id !== customSection) {
      while (missing.length > 0 && sectionRank(missing[0] as number) < sectionRank(section.id)) {
        writeSection(writer, { module, parts, id: missing.shift() as number });
      }
    }
    if (section.id === startSection && parts.dropsStart) continue;
    if (writers[section.id] !== undefined || section.id === codeId) {
      writeSection(writer, { module, parts, id: section.id });
    } else if (!isStale(section.name)) {
      writer.copyRange(module.bytes, section.at, section.end);
    }
  }
  for (const id of missing) writeSection(writer, { module, parts, id });
  writeMark(writer, parts.digest);
  return writer.finish();
}

function isNeeded(id: number, { added }: ModuleParts): boolean {
  const counts: Readonly<Record<number, number>> = {
    1: added.types.length,
    3: added.functions.length,
    4: added.hasGrantTable ? 1 : 0,
    5: added.dirtyMap === undefined ? 0 : 1,
    6: added.globals.length,
    7: added.exports.length,
    [codeId]: added.functions.length,
  };
  return (counts[id] ?? 0) > 0;
}

function writeSection(
  writer: ByteWriter,
  section: { readonly module: WasmModule; readonly parts: ModuleParts; readonly id: number },
): void {
  const { module, parts, id } = section;
  writer.byte(id);
  if (id === codeId) writer.prefixed(parts.code);
  else writer.measured(() => writers[id]?.(writer, { module, added: parts.added }));
}

/** Custom sections that hold offsets into code, which rewriting moves. */
function isStale(name: string | undefined): boolean {
  if (name === undefined) return false;
  return (
    name.startsWith("metadata.code.") ||
    name.startsWith(".debug_") ||
    name.startsWith("reloc.") ||
    name === "sourceMappingURL"
  );
}

function writeMark(writer: ByteWriter, digest: string): void {
  writer.byte(customSection);
  writer.measured(() => {
    writer.name(markSection);
    writer.u32(rewriteVersion);
    writer.u32(costTableVersion);
    writer.name(digest);
  });
}
