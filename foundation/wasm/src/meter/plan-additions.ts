import type { WasmModule } from "../module.ts";
import { valueBytes } from "./code-writer.ts";
import { growthGuard } from "./growth-guard.ts";
import { type AddedIndices, AddedTypes } from "./layout.ts";
import { reservedNames, reservedPrefix } from "./reserved-names.ts";
import type { RewriteSettings } from "./rewrite-options.ts";
import {
  addedGlobalTypes,
  grantSignature,
  isVector,
  overflowFunction,
  refuelFunction,
  type SupportFunction,
  vectorGetter,
  vectorSetter,
} from "./support-functions.ts";
import { markRangeFunction } from "./write-marks.ts";
import type { AddedExport, AddedFunction, AddedGlobal } from "./write-sections.ts";

/** A mutable global that the module exposes for saving and restoring. */
export interface StateGlobal {
  /** Name of the exported global, or of the getter of a vector. */
  readonly name: string;
  /** Name of the setter of a vector. */
  readonly setter?: string | undefined;
  readonly type: string;
}

/** Names of the exported state, in index order. */
export interface StateNames {
  readonly memories: readonly string[];
  readonly tables: readonly string[];
  readonly globals: readonly StateGlobal[];
}

/** Gathers what is appended to a module and hands out the indices. */
export class AdditionsPlan {
  readonly types: AddedTypes;
  readonly functions: AddedFunction[] = [];
  readonly globals: AddedGlobal[] = [];
  readonly exports: AddedExport[] = [];
  readonly indices: AddedIndices;
  readonly #module: WasmModule;

  constructor(module: WasmModule, settings: RewriteSettings) {
    this.#module = module;
    this.types = new AddedTypes(module);
    const { fuel, depth, exportState } = settings;
    const head = {
      fuel: fuel ? this.#global("fuel", reservedNames.fuel) : -1,
      depth: depth ? this.#global("depth", reservedNames.depth) : -1,
      drops: exportState ? this.#global("drops", reservedNames.drops) : -1,
      grantTable: fuel ? module.tables.length : -1,
      grantType: fuel ? this.#typeOf(grantSignature) : -1,
    };
    const refuel = fuel ? this.#function(refuelFunction(head)) : -1;
    const overflow = depth ? this.#function(overflowFunction(head)) : -1;
    const dirtyMap = settings.dirtyPages ? module.memories.length : -1;
    const markRange = dirtyMap < 0 ? -1 : this.#function(markRangeFunction(dirtyMap));
    if (dirtyMap >= 0) this.#export(reservedNames.dirty, "memory", dirtyMap);
    const growthGuards = settings.guardGrowth ? this.#growthGuards() : [];
    this.indices = { ...head, refuel, overflow, growthGuards, dirtyMap, markRange };
    if (fuel) this.#export(reservedNames.grant, "table", head.grantTable);
  }

  /** Exports the start function, which the host calls once the meters are set. */
  exportStart(): void {
    const { startFunction } = this.#module;
    if (startFunction !== undefined) this.#export(reservedNames.start, "function", startFunction);
  }

  /** Exports memories, mutable globals and the given tables. */
  exportState(tables: readonly number[]): StateNames {
    const { memories, globals } = this.#module;
    return {
      memories: memories.map((_, index) => this.#exportOne("memory", index)),
      tables: tables.map((index) => this.#exportOne("table", index)),
      globals: globals.flatMap((global, index) => {
        if (!global.isMutable) return [];
        if (isVector(global)) return [this.#exportVector(index)];
        return [{ name: this.#exportOne("global", index), type: global.type.name }];
      }),
    };
  }

  /** Exports an item under a name of its own. */
  exportAs(name: string, kind: AddedExport["kind"], index: number): void {
    this.#export(name, kind, index);
  }

  #exportOne(kind: "memory" | "table" | "global", index: number): string {
    const name = `${reservedPrefix}${kind}.${index}`;
    this.#export(name, kind, index);
    return name;
  }

  #exportVector(index: number): StateGlobal {
    const name = `${reservedPrefix}global.${index}.get`;
    const setter = `${reservedPrefix}global.${index}.set`;
    this.#export(name, "function", this.#function(vectorGetter(index)));
    this.#export(setter, "function", this.#function(vectorSetter(index)));
    return { name, setter, type: "v128" };
  }

  #growthGuards(): readonly number[] {
    const globals = {
      pages: this.#global("pages", reservedNames.pages),
      denials: this.#global("denials", reservedNames.denials),
    };
    return this.#module.memories.map((_, memory) =>
      this.#function(growthGuard(this.#module, { memory, globals })),
    );
  }

  #global(kind: keyof typeof addedGlobalTypes, name: string): number {
    const index = this.#module.globals.length + this.globals.length;
    const type = addedGlobalTypes[kind];
    const zero = type === valueBytes.i64 ? [0x42, 0] : [0x41, 0];
    this.globals.push({ type, initial: zero });
    this.#export(name, "global", index);
    return index;
  }

  #function(support: SupportFunction): number {
    const index = this.#module.functions.length + this.functions.length;
    this.functions.push({ ...support, typeIndex: this.#typeOf(support) });
    return index;
  }

  #typeOf(signature: Pick<SupportFunction, "parameters" | "results">): number {
    const { parameters, results } = signature;
    const counts = { parameters: parameters.length, results: results.length };
    return this.types.index(parameters, results, counts);
  }

  #export(name: string, kind: AddedExport["kind"], index: number): void {
    this.exports.push({ name, kind, index });
  }
}
