import { indexSpacesOf } from "../index-spaces.ts";
import { InstructionCursor } from "../instruction-cursor.ts";
import type { FunctionBody, WasmModule } from "../module.ts";
import { binaryOpcode, opcodeNames } from "../opcodes/opcode-table.ts";
import { atomLabel, atomLocal } from "../opcodes/operand-atom.ts";
import { findBasicBlocks } from "./basic-blocks.ts";
import type { Block, CodeListing, CodeUnit, Instruction } from "./code-listing.ts";
import { readOperands } from "./read-operands.ts";

/** The code of a module as a listing. Bodies are read when they are asked for. */
export function listCode(module: WasmModule): CodeListing {
  return { units: module.bodies.map((body) => new FunctionUnit(module, body)) };
}

class FunctionUnit implements CodeUnit {
  readonly name: string;
  readonly start: number;
  readonly end: number;
  readonly #module: WasmModule;
  readonly #body: FunctionBody;

  constructor(module: WasmModule, body: FunctionBody) {
    this.name = nameOf(module, body.index);
    this.start = body.codeAt;
    this.end = body.end;
    this.#module = module;
    this.#body = body;
  }

  *instructions(): Generator<Instruction> {
    const cursor = this.#cursor();
    const { bytes } = this.#module;
    // Labels are checked where blocks are followed.
    cursor.spaces[atomLabel] = Number.POSITIVE_INFINITY;
    while (cursor.offset < this.end) {
      cursor.next();
      const { start: offset, code } = cursor;
      yield {
        offset,
        length: cursor.offset - offset,
        opcode: binaryOpcode(code),
        name: opcodeNames[code] as string,
        operands: readOperands(bytes, code, operandsAt(bytes, offset)),
      };
    }
  }

  blocks(): readonly Block[] {
    return findBasicBlocks(this.#cursor(), this.end);
  }

  #cursor(): InstructionCursor {
    const { types, functions } = this.#module;
    const type = types[functions[this.#body.index]?.typeIndex ?? -1];
    const parameters = type?.kind === "function" ? type.parameters.length : 0;
    const cursor = new InstructionCursor(this.#module.bytes, indexSpacesOf(this.#module));
    cursor.spaces[atomLocal] = this.#body.locals.reduce(
      (sum, each) => sum + each.count,
      parameters,
    );
    cursor.enter(this.start, this.end);
    return cursor;
  }
}

/** Opcodes behind a prefix have a number of one or more bytes. */
function operandsAt(bytes: Uint8Array, offset: number): number {
  let at = offset + 1;
  if ((bytes[offset] as number) >= 0xfb) {
    while ((bytes[at] as number) >= 0x80) at++;
    at++;
  }
  return at;
}

function nameOf(module: WasmModule, index: number): string {
  const known = module.names.functions.get(index);
  if (known !== undefined) return known;
  const exported = module.exports.find((each) => each.kind === "function" && each.index === index);
  return exported?.name ?? `function ${index}`;
}
