import {
  type EngineMemory,
  type EngineModule,
  type EngineTable,
  engine,
} from "@bedplate/wasm-module";
import type { Fork } from "../forks/fork.ts";
import { instructionSetOf } from "../instructions/instruction-set.ts";
import { writeFork } from "./fork-registers.ts";
import * as layout from "./layout.ts";
import { MachineMemory } from "./machine-memory.ts";
import { roundConstants } from "./program/keccak.ts";

/** What the machine asks of its host; addresses point into its memory. */
export interface MachineHost {
  /** Ends the execution by throwing: a zone of the memory is full. */
  exhausted(): void;
  /** Ends the execution by throwing: the logs are more than may be. */
  outputExhausted(): void;
  /** Looks at the deadline; ends the execution by throwing. `sp` lies in the frame that runs. */
  pollHost(gas: bigint, sp: number): void;
  /** Fills an account from the world. */
  loadAccount(entry: number): void;
  /** Answers the code object of a loaded account. */
  loadCode(entry: number): number;
  /** Fills the value of a slot from the world. */
  loadSlot(entry: number): void;
  /** Replaces the item, a number of one of the 256 blocks before, by that block's hash. */
  blockHashHost(item: number): void;
  /** Gas left, or a negative number for failure; output through `returnBuffer`. */
  precompile(number: number, input: number, size: number, gas: bigint): bigint;
  /** A code object has begun its `machine.hotEntries`-th frame. */
  hot(object: number): void;
  traceHost(gas: bigint, sp: number, memory: number, memorySize: number, pc: number): void;
}

/** Functions of the machine that the host calls. */
export interface MachineExports {
  execute(): void;
  entryAt(item: number): number;
  accountAt(item: number): number;
  slotEntry(owner: number, key: number): number;
  allocate(bytes: number): number;
  returnBuffer(size: number): number;
  newCode(size: number): number;
  keepCode(object: number): void;
  findCode(hash: number): number;
}

const emptyHash = "c5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470";
const lastGeneration = 0x7fff_fff0;

/** One instance of the machine's module with its memory; executes one message at a time. */
export class MachineInstance {
  readonly exports: MachineExports;
  readonly memory: MachineMemory;
  readonly table: EngineTable;
  readonly #opcodes: readonly unknown[];
  readonly #invalid: unknown;
  readonly #trace: unknown;
  #fork: Fork | undefined;
  #isTracing = false;
  #generation = 0;
  #codeEpoch = 0;

  constructor(
    module: EngineModule,
    options: { readonly host: MachineHost; readonly memoryBytesMax: number },
  ) {
    const { exports } = new engine.Instance(module, { host: { ...bound(options.host) } });
    this.exports = exports as unknown as MachineExports;
    this.memory = new MachineMemory(exports["memory"] as EngineMemory);
    this.table = exports["table"] as EngineTable;
    this.#opcodes = Array.from({ length: 256 }, (_, opcode) => this.table.get(opcode));
    this.#invalid = this.table.get(layout.steps.invalid);
    this.#trace = this.table.get(layout.steps.trace);
    this.#writeConstants(options.memoryBytesMax);
  }

  /** False where the instance has to be replaced: it is too large, or its generations are used up. */
  get isReusable(): boolean {
    const { memory } = this;
    const heapBytes = memory.int(layout.machine.heapNext) - layout.zone.heap;
    const stretchBytes = memory.byteLength - layout.zone.memory;
    return this.#generation < lastGeneration && Math.max(heapBytes, stretchBytes) < keptBytesMax;
  }

  /** Grows whenever every code object is gone. */
  get codeEpoch(): number {
    return this.#codeEpoch;
  }

  /** Forgets the last execution, without touching what it wrote. */
  reset(): void {
    const { memory } = this;
    const { machine, zone } = layout;
    if (memory.int(machine.codeNext) > zone.code + keptCodeBytesMax) {
      this.#dropCode();
    }
    memory.setInt(machine.generation, ++this.#generation);
    memory.setInt(machine.heapNext, zone.heap);
    memory.setInt(machine.memoryTop, zone.memory);
    for (const register of clearedRegisters) memory.setInt(machine[register], 0);
    memory.setLong(machine.refund, 0n);
    this.#resetTables();
  }

  /** Takes prices, rules and instructions of the fork, and puts the tracing step in front of them. */
  setFork(fork: Fork, { isTracing }: { readonly isTracing: boolean }): void {
    if (this.#fork === fork && this.#isTracing === isTracing) return;
    // What is compiled knows the fork's prices, and no tracer.
    if (this.#fork !== undefined) this.#dropCode();
    const { isDefined } = instructionSetOf(fork);
    this.#opcodes.forEach((step, opcode) => {
      const plain = isDefined[opcode] === 1 ? step : this.#invalid;
      this.table.set(layout.steps.plainOpcodes + opcode, plain);
      this.table.set(layout.steps.opcodes + opcode, isTracing ? this.#trace : plain);
    });
    if (this.#fork !== fork) writeFork(fork, this.memory);
    this.#fork = fork;
    this.#isTracing = isTracing;
  }

  #writeConstants(memoryBytesMax: number): void {
    const { memory } = this;
    const { constants, machine, code } = layout;
    roundConstants().forEach((value, index) => {
      memory.setLong(constants.keccak + index * 8, value);
    });
    memory.setBytes(constants.emptyHash, Buffer.from(emptyHash, "hex"));
    for (let count = 0; count <= 16; count++) {
      memory.setBytes(constants.byteMasks + count * 16, new Uint8Array(count).fill(0xff));
    }
    memory.setBytes(machine.seeds, crypto.getRandomValues(new Uint8Array(64)));
    memory.setBytes(constants.emptyCode + code.hash, Buffer.from(emptyHash, "hex"));
    memory.setInt(constants.emptyCode + code.entry, layout.steps.dispatch);
    memory.setLong(machine.memoryLimit, BigInt(memoryBytesMax));
    memory.setLong(machine.pollInterval, pollIntervalGas);
    this.#dropCode();
  }

  #dropCode(): void {
    const { buckets, machine, zone, constants } = layout;
    this.#codeEpoch++;
    this.memory.zero(buckets.codes.at, buckets.codes.count * 4);
    this.memory.setInt(machine.codeNext, zone.code);
    this.exports.keepCode(constants.emptyCode);
  }

  #resetTables(): void {
    const { machine, buckets } = layout;
    this.#resetTable(machine.accountTable, buckets.accounts);
    this.#resetTable(machine.slotTable, buckets.slots);
    this.#resetTable(machine.transientTable, buckets.transient);
  }

  #resetTable(table: number, { at, count }: { readonly at: number; readonly count: number }): void {
    this.memory.setInt(table, at);
    this.memory.setInt(table + 4, count - 1);
    this.memory.setInt(table + 8, 0);
  }
}

/** Code that stays for later messages; beyond it all goes, so that one message always finds room. */
const keptCodeBytesMax = 64 * 1024 * 1024;

/** An instance that touched more is given back to the system after use. */
const keptBytesMax = 48 * 1024 * 1024;

/** About a millisecond of the cheapest work. */
const pollIntervalGas = 1_000_000n;

const clearedRegisters = [
  "returnData",
  "returnDataSize",
  "returnDataCapacity",
  "journal",
  "logs",
  "accounts",
  "slots",
  "serial",
  "ripemdTouched",
  "blobHashCount",
  "status",
  "failure",
] as const;

/** Imports are called without a receiver. */
function bound(host: MachineHost): Record<string, unknown> {
  const names = [
    "exhausted",
    "outputExhausted",
    "pollHost",
    "loadAccount",
    "loadCode",
    "loadSlot",
    "blockHashHost",
    "precompile",
    "hot",
    "traceHost",
  ] as const satisfies readonly (keyof MachineHost)[];
  return Object.fromEntries(names.map((name) => [name, host[name].bind(host)]));
}
