import { type Fork, isAtLeast } from "../forks/fork.ts";
import { type Opcode, opcodes } from "./opcode-table.ts";

/** The instructions of one fork as flat tables by opcode. */
export interface InstructionSet {
  readonly fork: Fork;
  /** 1 for an instruction of the fork; others end the frame with all its gas. */
  readonly isDefined: Uint8Array;
  readonly pops: Uint8Array;
  readonly pushes: Uint8Array;
  /** Bytes behind the opcode; also of opcodes that the fork does not define. */
  readonly immediates: Uint8Array;
  /** Gas that the instruction always costs; what depends on its operands comes on top. */
  readonly gas: Uint32Array;
  /** Mnemonics; `INVALID` for what is not defined. */
  readonly names: readonly string[];
}

const sets = new Map<string, InstructionSet>();

/** The instruction set of a fork, always the same object. */
export function instructionSetOf(fork: Fork): InstructionSet {
  const known = sets.get(fork.name);
  if (known !== undefined) return known;
  const built = build(fork);
  sets.set(fork.name, built);
  return built;
}

function build(fork: Fork): InstructionSet {
  const set = {
    fork,
    isDefined: new Uint8Array(256),
    pops: new Uint8Array(256),
    pushes: new Uint8Array(256),
    immediates: new Uint8Array(256),
    gas: new Uint32Array(256),
    names: new Array<string>(256).fill("INVALID"),
  };
  for (const opcode of opcodes) {
    if (opcode === undefined) continue;
    const { code } = opcode;
    set.immediates[code] = opcode.immediate;
    if (!isAtLeast(fork, opcode.since)) continue;
    set.isDefined[code] = 1;
    set.pops[code] = opcode.pops;
    set.pushes[code] = opcode.pushes;
    set.gas[code] = fixedGasOf(opcode, fork);
    set.names[code] = nameOf(opcode, fork);
  }
  return set;
}

function fixedGasOf({ code, price }: Opcode, { gas }: Fork): number {
  const topics = code >= 0xa0 && code <= 0xa4 ? code - 0xa0 : 0;
  return (price === 0 ? 0 : gas[price]) + topics * gas.logPerTopic;
}

function nameOf({ code, name }: Opcode, { rules }: Fork): string {
  return code === 0x44 && !rules.hasPrevRandao ? "DIFFICULTY" : name;
}
