import type { BasicBlock, CodeDecoder, CodeUnit } from "@bedplate/environment";
import {
  type Block,
  decodeModule,
  type CodeUnit as ListedUnit,
  listCode,
} from "@bedplate/wasm-module";

/** Reads WebAssembly modules as functions, instructions and basic blocks. */
export const wasmDecoder: CodeDecoder = {
  instructionSet: "wasm",
  decode: (bytes) => listCode(decodeModule(bytes)).units.map(unitOf),
};

function unitOf(unit: ListedUnit): CodeUnit {
  const { name, start, end } = unit;
  return {
    name,
    start,
    end,
    instructions: () => unit.instructions(),
    blocks: () => unit.blocks().map(blockOf),
  };
}

function blockOf({ start, end, cost, successors, terminator }: Block): BasicBlock {
  const leaves = terminator === "return" || terminator === "trap" ? [terminator] : [];
  return { start, end, cost, successors: [...successors, ...leaves] };
}
