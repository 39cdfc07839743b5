import { baseFiles, packagesPath } from "./base-files.ts";
import { type BaseImage, clearBetween, stretchesOf, writeStretches } from "./base-image.ts";
import { bootInterpreter } from "./boot-interpreter.ts";
import { captureFiles, type FilesCapture, restoreFiles } from "./capture-files.ts";
import type { DescriptorTable } from "./descriptor-table.ts";
import type { FileTree } from "./file-tree.ts";
import type { GuestState, Outside } from "./guest-state.ts";
import type { InterpreterExports } from "./interpreter-exports.ts";
import { LinearMemory } from "./linear-memory.ts";
import type { MeteredInterpreter, MeteredModule } from "./metered-module.ts";

/** Everything of a guest at one moment between two runs. */
export interface MachineCapture {
  readonly memory: BaseImage["runs"];
  readonly size: number;
  readonly files: FilesCapture;
  readonly umask: number;
}

/** What a machine is made of. */
export interface MachineParts {
  readonly module: MeteredModule;
  readonly library: Uint8Array;
  readonly image: BaseImage;
  /** Wheels, by file name. */
  readonly packages: readonly { readonly name: string; readonly bytes: Uint8Array }[];
}

/** Time stands still while nothing runs. */
const baseTimeMs = 0;

const noOutside: Outside = {
  stdin: new Uint8Array(0),
  wallClockMs: () => baseTimeMs,
  monotonicMs: () => 0,
  pauseMs: () => 0,
  random: (target) => target.fill(0),
  write: () => {},
  charge: () => {},
};

/**
 * One guest's interpreter with its memory and files. Its state between two runs is exactly the
 * linear memory and the file tree, so both can be captured and put into a fresh instance.
 */
export class GuestMachine implements GuestState {
  readonly tree: FileTree;
  readonly table: DescriptorTable;
  outside: Outside = noOutside;
  stdinPosition = 0;
  memoryBytesMax = 0;
  wasMemoryDenied = false;
  environment: readonly string[] = [];
  umask = 0o022;
  /** Address of the Python function that runs scripts. */
  runner = 0;
  /** Paths of the wheels. */
  packages: readonly string[] = [];
  readonly #module: MeteredModule;
  #interpreter: MeteredInterpreter;
  #memory: LinearMemory;

  constructor(module: MeteredModule, library: Uint8Array) {
    const { tree, table } = baseFiles(library, () => this.outside.wallClockMs());
    this.tree = tree;
    this.table = table;
    this.#module = module;
    this.#interpreter = module.instantiate(this);
    this.#memory = new LinearMemory(this.#interpreter.exports.memory);
  }

  get memory(): LinearMemory {
    return this.#memory;
  }

  get interpreter(): MeteredInterpreter {
    return this.#interpreter;
  }

  get exports(): InterpreterExports {
    return this.#interpreter.exports;
  }

  callIndirect(index: number, args: readonly number[]): number {
    const call = this.exports.__indirect_function_table.get(index) as (...n: number[]) => number;
    return call(...args);
  }

  capture(): MachineCapture {
    return {
      memory: stretchesOf(this.#memory.bytes),
      size: this.#memory.size,
      files: captureFiles(this.tree, this.table),
      umask: this.umask,
    };
  }

  /**
   * Replaces everything by a captured state. A machine whose last run came back by itself is
   * overwritten; any other, and one that has grown, is left behind for a fresh instance.
   */
  restore(capture: MachineCapture, options: { readonly isSound: boolean }): void {
    if (!options.isSound || this.#memory.size !== capture.size) this.#renew(capture.size);
    clearBetween(this.#memory.bytes, capture.memory);
    writeStretches(this.#memory.bytes, capture.memory);
    restoreFiles(capture.files, this);
    this.outside = noOutside;
    this.umask = capture.umask;
    this.stdinPosition = 0;
    this.wasMemoryDenied = false;
  }

  #renew(size: number): void {
    this.#interpreter = this.#module.instantiate(this);
    this.#memory = new LinearMemory(this.exports.memory);
    this.#interpreter.prepare(() => this.exports.emscripten_stack_init());
    if (!this.#memory.grow(size)) throw new Error("no memory for the captured state");
  }
}

/** Makes a machine in its base state. */
export function openMachine(parts: MachineParts): {
  readonly machine: GuestMachine;
  readonly base: MachineCapture;
} {
  const machine = new GuestMachine(parts.module, parts.library);
  machine.packages = parts.packages.map(({ name, bytes }) => {
    machine.tree.writeFile(`${packagesPath}/${name}`, bytes);
    return `${packagesPath}/${name}`;
  });
  machine.tree.quota.bytes = 0;
  const { files, umask } = machine.capture();
  const base = { memory: parts.image.runs, size: parts.image.size, files, umask };
  machine.restore(base, { isSound: false });
  machine.runner = parts.image.run;
  return { machine, base };
}

/** Starts the interpreter once and keeps what its memory then holds. */
export function makeImage(module: MeteredModule, library: Uint8Array): BaseImage {
  const machine = new GuestMachine(module, library);
  machine.memoryBytesMax = imageBytesMax;
  const { exports, memory, interpreter } = machine;
  const run = interpreter.prepare(() => bootInterpreter(exports, memory));
  return { size: machine.memory.size, run, runs: stretchesOf(machine.memory.bytes) };
}

/** Most memory that starting the interpreter may take. */
const imageBytesMax = 256 * 1024 * 1024;
