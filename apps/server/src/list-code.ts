import type { CodeDecoder, Instruction } from "@bedplate/environment";
import type { CodeListingView } from "@bedplate/routes";

/** Most instructions of one listing. */
export const instructionsMax = 500_000;

/** A listing of machine code: a line per instruction, and the blocks. */
export function listCode(decoder: CodeDecoder, bytes: Uint8Array): CodeListingView {
  let left = instructionsMax;
  const units = decoder.decode(bytes).map((unit) => {
    const instructions: string[] = [];
    for (const each of unit.instructions()) {
      if (left-- <= 0) break;
      instructions.push(lineOf(each));
    }
    const { name, start, end } = unit;
    return { name, start, end, instructions, blocks: unit.blocks() };
  });
  return { instructionSet: decoder.instructionSet, units };
}

function lineOf({ offset, name, operands }: Instruction): string {
  const place = offset.toString(16).padStart(6, "0");
  return [place, name, ...operands.map(String)].join(" ");
}
