import type { CodeDecoder, CodeUnit } from "@bedplate/environment";
import { type FaultError, raise } from "@bedplate/errors";
import { type Fork, forkDefault, forkOf } from "../forks/fork.ts";
import { type EvmBlock, findBlocks } from "./find-blocks.ts";
import { type InstructionSet, instructionSetOf } from "./instruction-set.ts";
import { readInstructions } from "./read-instructions.ts";

/** Most bytes of code to decode: twice the largest init code that any fork allows. */
export const decodeBytesMax = 262_144;

/** Code of the EVM: one unit, for it knows no functions. */
export interface EvmCodeUnit extends CodeUnit {
  blocks(): readonly EvmBlock[];
}

/**
 * Reads code of the EVM, as bytes or as hexadecimal text (with or without 0x; white space around it
 * is skipped). Any bytes are code: what is not an instruction of the fork is listed as INVALID with
 * its bytes.
 */
export function evmDecoderOf(fork: Fork): CodeDecoder {
  const set = instructionSetOf(fork);
  return { instructionSet: `evm-${fork.name}`, decode: (bytes) => [unitOf(bytes, set)] };
}

export const evmDecoder: CodeDecoder = evmDecoderOf(forkOf(forkDefault));

/** One more than the text of the largest code, so that a text is cut off before it is parsed. */
const textBytesMax = 2 * decodeBytesMax + 64;

function unitOf(bytes: Uint8Array, set: InstructionSet): EvmCodeUnit {
  if (bytes.length > textBytesMax) throw tooLarge(bytes.length);
  const code = codeOf(bytes);
  if (code.length > decodeBytesMax) throw tooLarge(code.length);
  return {
    name: "code",
    start: 0,
    end: code.length,
    instructions: () => readInstructions(code, set),
    blocks: () => findBlocks(code, set),
  };
}

/** Text counts as hexadecimal where it begins with 0x, or is at least a whole word of digits. */
const hexadecimal = /^\s*(?:0x(?:[0-9a-f]{2})*|(?:[0-9a-f]{2}){4,})\s*$/i;

function codeOf(bytes: Uint8Array): Uint8Array {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("latin1");
  if (!hexadecimal.test(text)) return bytes;
  return Buffer.from(text.trim().replace(/^0x/i, ""), "hex");
}

function tooLarge(asked: number): FaultError<"quota.exceeded"> {
  return raise("quota.exceeded", {
    op: "evm.decode",
    detail: { meter: "codeBytes", limit: decodeBytesMax, asked },
    message: `Cannot decode the code: it has ${asked} bytes, the limit is ${decodeBytesMax}`,
  });
}
