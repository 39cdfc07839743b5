import type { FunctionType, WasmModule } from "@bedplate/wasm-module";
import type { FunctionSignature } from "../arguments/value-type.ts";

/** An item that a module wants from outside. */
export interface ImportShape {
  readonly module: string;
  readonly name: string;
  readonly kind: "function" | "table" | "memory" | "global" | "tag";
  /** Of a function. */
  readonly signature?: FunctionSignature | undefined;
}

/** What the outside has to know of a module. Small: it is kept with each compiled module. */
export interface ModuleShape {
  readonly imports: readonly ImportShape[];
  /** Exported functions by name. */
  readonly functions: ReadonlyMap<string, FunctionSignature>;
  /**
   * Whether memories, globals and tables are all its state, and can be read. Structures on the
   * engine's own heap cannot be put back, and globals of exceptions cannot be read.
   */
  readonly isSavable: boolean;
  /** It has segments that code can drop, which nothing can take back. */
  readonly hasPassiveSegments: boolean;
}

/** Reads the shape off a decoded module. */
export function shapeOf(module: WasmModule): ModuleShape {
  const segments = [...module.data, ...module.elements];
  const hasHeap = module.types.some(({ kind }) => kind !== "function");
  const isUnreadable = module.globals.some(
    ({ type, isMutable }) => isMutable && /exn/.test(type.name),
  );
  return {
    imports: importsOf(module),
    functions: exportedFunctions(module),
    isSavable: !hasHeap && !isUnreadable,
    hasPassiveSegments: segments.some(({ mode }) => mode !== "active"),
  };
}

function exportedFunctions(module: WasmModule): ReadonlyMap<string, FunctionSignature> {
  const found = module.exports.filter(({ kind }) => kind === "function");
  return new Map(found.map(({ name, index }) => [name, signatureOf(module, index)]));
}

function importsOf(module: WasmModule): readonly ImportShape[] {
  const functions = module.functions.flatMap(({ import: from }, index) =>
    from ? [{ ...from, kind: "function" as const, signature: signatureOf(module, index) }] : [],
  );
  const others = (["tables", "memories", "globals", "tags"] as const).flatMap((space) =>
    module[space].flatMap(({ import: from }) => (from ? [{ ...from, kind: kinds[space] }] : [])),
  );
  return [...functions, ...others];
}

const kinds = { tables: "table", memories: "memory", globals: "global", tags: "tag" } as const;

function signatureOf(module: WasmModule, functionIndex: number): FunctionSignature {
  const type = module.types[module.functions[functionIndex]?.typeIndex ?? -1] as FunctionType;
  return {
    params: type.parameters.map(({ name }) => name),
    results: type.results.map(({ name }) => name),
  };
}

/** The names that a module imports from each module. */
export function importedNames(shape: ModuleShape): ReadonlyMap<string, readonly string[]> {
  const names = new Map<string, string[]>();
  for (const { module, name } of shape.imports) {
    const known = names.get(module);
    if (known === undefined) names.set(module, [name]);
    else known.push(name);
  }
  return names;
}
