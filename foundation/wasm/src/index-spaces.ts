import type { WasmModule } from "./module.ts";
import {
  atomData,
  atomElement,
  atomFunction,
  atomGlobal,
  atomLabel,
  atomLocal,
  atomMemory,
  atomTable,
  atomTag,
  atomType,
  lastIndexAtom,
} from "./opcodes/operand-atom.ts";

/** Sizes of index spaces by atom; fields and counts are checked by the engine alone. */
export function emptyIndexSpaces(): Float64Array {
  const spaces = new Float64Array(lastIndexAtom + 1).fill(Number.POSITIVE_INFINITY);
  spaces.fill(0, atomLabel, atomElement + 1);
  return spaces;
}

/** Sizes of the index spaces of a decoded module; labels and locals are set per function. */
export function indexSpacesOf(module: WasmModule): Float64Array {
  const spaces = emptyIndexSpaces();
  spaces[atomFunction] = module.functions.length;
  spaces[atomType] = module.types.length;
  spaces[atomTable] = module.tables.length;
  spaces[atomMemory] = module.memories.length;
  spaces[atomGlobal] = module.globals.length;
  spaces[atomTag] = module.tags.length;
  spaces[atomData] = module.dataCount ?? 0;
  spaces[atomElement] = module.elements.length;
  spaces[atomLocal] = 0;
  return spaces;
}
