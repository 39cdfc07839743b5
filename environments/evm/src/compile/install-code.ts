import { type EngineModule, engine } from "@bedplate/wasm-module";
import { code, machine as registers, steps, zone } from "../machine/layout.ts";
import type { MachineInstance } from "../machine/machine-instance.ts";

/** Compiled code, ready for any machine. */
export interface CompiledModule {
  readonly module: EngineModule;
  /** Places in the code where the steps begin; the first one is 0. */
  readonly starts: readonly number[];
}

/** Entries of a machine's table at most; one that is full takes up nothing more until it drops its code. */
const tableEntriesMax = 262_144;

/** Where the table of a machine has room, in the life of its code objects. */
interface Room {
  epoch: number;
  next: number;
}

const rooms = new WeakMap<MachineInstance, Room>();

/**
 * Lets a code object of the machine begin in compiled code, and jumps of tier 0 change over. Answers
 * false where there is no room.
 */
export function installCode(
  machine: MachineInstance,
  object: number,
  { module, starts }: CompiledModule,
): boolean {
  const room = roomOf(machine);
  const tableBase = room.next;
  if (tableBase + starts.length > tableEntriesMax) return false;
  const jumpTable = writeJumpTable(machine, object, { starts, tableBase });
  if (jumpTable === undefined) return false;
  const missing = tableBase + starts.length - Number(machine.table.length);
  if (missing > 0) machine.table.grow(missing + Math.min(1_024, missing));
  new engine.Instance(module, {
    machine: { ...machine.exports, tableBase: new engine.Global({ value: "i32" }, tableBase) },
  });
  room.next += starts.length;
  machine.memory.setInt(object + code.jumpTable, jumpTable);
  machine.memory.setInt(object + code.entry, tableBase);
  return true;
}

function roomOf(machine: MachineInstance): Room {
  const room = rooms.get(machine) ?? { epoch: -1, next: steps.firstFree };
  rooms.set(machine, room);
  if (room.epoch !== machine.codeEpoch) {
    room.epoch = machine.codeEpoch;
    room.next = steps.firstFree;
  }
  return room;
}

/** The jump table stands in the zone of code objects, and goes with them. */
function writeJumpTable(
  { memory }: MachineInstance,
  object: number,
  { starts, tableBase }: { readonly starts: readonly number[]; readonly tableBase: number },
): number | undefined {
  const size = memory.int(object + code.size);
  const at = (memory.int(registers.codeNext) + 15) & -16;
  const end = at + size * 4;
  if (end > zone.codeEnd) return undefined;
  memory.setInt(registers.codeNext, end);
  memory.zero(at, size * 4);
  for (const [index, start] of starts.entries()) {
    if (memory.view(object + start, 1)[0] === 0x5b) {
      memory.setInt(at + start * 4, tableBase + index);
    }
  }
  return at;
}
