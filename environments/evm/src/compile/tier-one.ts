import { engine } from "@bedplate/wasm-module";
import type { Fork } from "../forks/fork.ts";
import { instructionSetOf } from "../instructions/instruction-set.ts";
import { code, frame, machine as registers, steps, zone } from "../machine/layout.ts";
import type { MachineInstance } from "../machine/machine-instance.ts";
import { BackgroundCompiler, type CompileReply } from "./background-compiler.ts";
import { compileCode } from "./compile-code.ts";
import { type CompiledModule, installCode } from "./install-code.ts";

/**
 * When code is compiled: in a thread of its own once it is hot, or at once before it first runs (all
 * code, init code too: for tests and benchmarks).
 */
export type TierOneMode = "background" | "immediate";

/** Frames that begin on a code before it is compiled. */
const hotEntries = 48;
/** Polls of frames on a code before it is compiled: each stands for about a million gas, or 0.3 ms. */
const hotPolls = 8;
/** Compiled codes kept; the one used longest ago goes first. */
const compiledMax = 256;

interface Place {
  readonly object: number;
  readonly fork: Fork;
}

/** Decides what is compiled, keeps it, and installs it in machines. */
export class TierOne implements Disposable {
  readonly #mode: TierOneMode;
  readonly #compiler = new BackgroundCompiler();
  /** By hash and fork; undefined for what is being compiled, or is beyond the limits. */
  readonly #compiled = new Map<string, CompiledModule | undefined>();
  /** Code objects that wait for what is being compiled, by the same key. */
  readonly #waiting = new Map<string, Waiting>();
  #polled = 0;
  #polls = 0;

  constructor(mode: TierOneMode) {
    this.#mode = mode;
  }

  /** Codes that are compiled and kept; those that were refused do not count. */
  get compiledCount(): number {
    return [...this.#compiled.values()].filter((each) => each !== undefined).length;
  }

  /** Says to a new machine when to ask. */
  prepare({ memory }: MachineInstance): void {
    memory.setInt(registers.hotEntries, this.#mode === "immediate" ? 1 : hotEntries);
  }

  /** A code of the machine has been entered often. */
  hot(machine: MachineInstance, place: Place): void {
    if (isInstalled(machine, place.object)) return;
    if (this.#mode === "immediate") this.#compileNow(machine, place);
    else this.#ask(machine, place);
  }

  /** The frame in which `sp` lies runs for long. */
  busy(machine: MachineInstance, { sp, fork }: { readonly sp: number; readonly fork: Fork }): void {
    if (this.#mode === "immediate") return;
    this.takeUp();
    const object = machine.memory.int((sp & -0x1_0000) + frame.code);
    if (isInstalled(machine, object)) return;
    // One count is enough: whoever runs for long polls often.
    this.#polls = object === this.#polled ? this.#polls + 1 : 1;
    this.#polled = object;
    if (this.#polls >= hotPolls) this.#ask(machine, { object, fork });
  }

  /** Installs what was compiled meanwhile. */
  takeUp(): void {
    if (this.#compiler.isIdle) return;
    for (const reply of this.#compiler.replies()) this.#accept(reply);
  }

  [Symbol.dispose](): void {
    this.#compiler[Symbol.dispose]();
    this.#compiled.clear();
    this.#waiting.clear();
  }

  #ask(machine: MachineInstance, { object, fork }: Place): void {
    // Init code runs once, and its place in memory is soon another's.
    if (object < zone.code || object >= zone.codeEnd) return;
    const key = keyOf(machine, { object, fork });
    const known = this.#compiled.get(key);
    if (known !== undefined) {
      this.#touch(key, known);
      installCode(machine, object, known);
      return;
    }
    // A thread that was lost took with it what waited.
    if (this.#compiler.isIdle) this.#waiting.clear();
    if (this.#compiled.has(key) && !this.#waiting.has(key)) return;
    const waiting = { machine: new WeakRef(machine), object, epoch: machine.codeEpoch };
    if (this.#waiting.has(key)) {
      this.#waiting.set(key, waiting);
      return;
    }
    const bytes = machine.memory.codeBytes(object);
    if (!this.#compiler.request({ key, bytes, fork: fork.name })) return;
    this.#waiting.set(key, waiting);
  }

  #accept({ key, compiled }: CompileReply): void {
    this.#touch(key, compiled);
    const waiting = this.#waiting.get(key);
    this.#waiting.delete(key);
    const machine = waiting?.machine.deref();
    if (waiting === undefined || machine === undefined || compiled === undefined) return;
    if (machine.codeEpoch !== waiting.epoch || isInstalled(machine, waiting.object)) return;
    installCode(machine, waiting.object, compiled);
  }

  #compileNow(machine: MachineInstance, place: Place): void {
    const { object, fork } = place;
    const isKept = object >= zone.code && object < zone.codeEnd;
    const key = isKept ? keyOf(machine, place) : "";
    let compiled = this.#compiled.get(key);
    if (compiled === undefined && !this.#compiled.has(key)) {
      const found = compileCode(machine.memory.codeBytes(object), instructionSetOf(fork));
      if (found !== undefined) {
        compiled = { module: new engine.Module(found.wasm), starts: found.starts };
      }
      if (isKept) this.#touch(key, compiled);
    }
    if (compiled !== undefined) installCode(machine, object, compiled);
  }

  #touch(key: string, compiled: CompiledModule | undefined): void {
    this.#compiled.delete(key);
    this.#compiled.set(key, compiled);
    if (this.#compiled.size <= compiledMax) return;
    const [oldest] = this.#compiled.keys();
    if (oldest !== undefined) this.#compiled.delete(oldest);
  }
}

interface Waiting {
  readonly machine: WeakRef<MachineInstance>;
  readonly object: number;
  readonly epoch: number;
}

function isInstalled({ memory }: MachineInstance, object: number): boolean {
  return memory.int(object + code.entry) !== steps.dispatch;
}

function keyOf({ memory }: MachineInstance, { object, fork }: Place): string {
  return `${fork.name} ${Buffer.from(memory.view(object + code.hash, 32)).toString("latin1")}`;
}
