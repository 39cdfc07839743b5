import type {
  EngineExports,
  EngineGlobal,
  EngineInstance,
  EngineMemory,
  EngineTable,
} from "../engine.ts";
import { reservedNames } from "../meter/reserved-names.ts";
import type { RewrittenModule } from "../meter/rewrite-module.ts";
import { type CallEnd, endOf } from "./call-end.ts";
import { DirtyMarks, type WrittenRange } from "./dirty-marks.ts";
import { installGrant } from "./grant-adapter.ts";
import { InstanceState, type RestoreAnswer, type StateSnapshot } from "./state-snapshot.ts";

/** What an instance may use from now on. */
export interface Allowance {
  /** Total fuel; without it the fuel is only counted. */
  readonly fuel?: bigint | undefined;
  /** Fuel between two calls of `onSlice`. Default: all of it. The total used never depends on it. */
  readonly sliceFuel?: bigint | undefined;
  /** Called when a slice is used up, with the fuel used so far; `false` stops the guest. */
  readonly onSlice?: ((fuelUsed: bigint) => boolean) | undefined;
  /** Depth of calls, in slots of eight bytes of frame. */
  readonly depthSlots?: number | undefined;
  /** Pages that all memories together may have; needs `guardGrowth`. Default: what the module says. */
  readonly memoryPages?: number | undefined;
}

/**
 * Frames of a chain of calls may take this many slots (512 KiB): half of the 984 KiB that V8 gives
 * the stack of a main thread; the rest is for the host's frames and for a last uncounted leaf.
 */
export const depthSlotsDefault = 65_536;

/** A grant at a time, when the fuel is only counted; the counter stays far from its bounds. */
const countingFuel = 1n << 62n;

/**
 * Fuel from one checkpoint to the next. At each the fuel used is known exactly, wherever slices end: so
 * after a trap that lost the guest's own counter, the count is short by less than this.
 */
export const checkpointFuel = 1_000_000n;

/** More pages than any memory may have. */
const pagesMax = 2 ** 48;

/** The counter of a poisoned instance: it fails each check. */
const poisonedCounter = -(1n << 62n);

/** An instance of a rewritten module, with its meters. */
export class MeteredInstance {
  readonly exports: EngineExports;
  readonly #fuel: EngineGlobal<bigint> | undefined;
  readonly #depth: EngineGlobal<number> | undefined;
  readonly #pages: EngineGlobal<bigint> | undefined;
  readonly #denials: EngineGlobal<number> | undefined;
  readonly #state: InstanceState | undefined;
  readonly #marks: DirtyMarks | undefined;
  #allowance: Allowance = {};
  #granted = 0n;
  /** Fuel used at which the present slice is over. */
  #sliceEnd = 0n;
  /** Fuel used beyond which the next checkpoint is made, and what was used at the last one. */
  #nextCheckpoint = checkpointFuel;
  #usedAtCheckpoint = 0n;
  #depthSlots = depthSlotsDefault;
  #activeCalls = 0;
  #isOut = false;
  #stopReason: string | undefined;
  #isPoisoned = false;
  /** What `poison` took from the counter. */
  #poison = 0n;

  constructor(instance: EngineInstance, rewritten: RewrittenModule) {
    const { exports } = instance;
    this.exports = exports;
    if (rewritten.hasFuel) {
      this.#fuel = exports[reservedNames.fuel] as EngineGlobal<bigint>;
      const table = exports[reservedNames.grant] as EngineTable;
      installGrant(table, (counter) => this.#grant(counter));
    }
    if (rewritten.hasDepth) this.#depth = exports[reservedNames.depth] as EngineGlobal<number>;
    this.#pages = exports[reservedNames.pages] as EngineGlobal<bigint> | undefined;
    this.#denials = exports[reservedNames.denials] as EngineGlobal<number> | undefined;
    const { state, dirtyRanges } = rewritten;
    const marks =
      dirtyRanges && new DirtyMarks(exports[reservedNames.dirty] as EngineMemory, dirtyRanges);
    this.#marks = marks;
    if (state !== undefined) this.#state = new InstanceState(state, { exports, marks });
  }

  /** Starts a new account: fuel used is counted from zero, and a poisoned instance works again. */
  allow(allowance: Allowance): void {
    this.#allowance = allowance;
    this.#depthSlots = allowance.depthSlots ?? depthSlotsDefault;
    this.#isOut = false;
    this.#isPoisoned = false;
    this.#poison = 0n;
    this.#stopReason = undefined;
    const { fuel = countingFuel, sliceFuel = fuel } = allowance;
    this.#sliceEnd = sliceFuel;
    this.#nextCheckpoint = checkpointFuel;
    this.#usedAtCheckpoint = 0n;
    this.#granted = lesser(lesser(sliceFuel, checkpointFuel), fuel);
    if (this.#fuel !== undefined) this.#fuel.value = this.#granted;
    if (this.#depth !== undefined) this.#depth.value = this.#depthSlots;
    if (this.#pages !== undefined) this.#pages.value = BigInt(allowance.memoryPages ?? pagesMax);
    if (this.#denials !== undefined) this.#denials.value = 0;
  }

  /**
   * Charges what the host did for the guest. False when more fuel is used than there is. Exact, and
   * allowed, inside a host function only.
   */
  charge(fuel: bigint): boolean {
    if (this.#fuel === undefined) return true;
    this.#fuel.value -= fuel;
    return this.fuelUsed <= (this.#allowance.fuel ?? countingFuel);
  }

  /** Changes how many pages the memories may have, as where the host holds more or less for the guest. */
  limitMemory(pages: number): void {
    if (this.#pages !== undefined) this.#pages.value = BigInt(pages);
  }

  /** Depth that is left, in slots; exact inside a host function. */
  get depthSlotsLeft(): number {
    return this.#depth?.value ?? this.#depthSlots;
  }

  /** True when a memory was not allowed to grow since `allow`. */
  get wasGrowthDenied(): boolean {
    return this.#denials !== undefined && this.#denials.value !== 0;
  }

  /** The module's memories; none without exported state. */
  get memories(): readonly EngineMemory[] {
    return this.#state?.memories ?? [];
  }

  /**
   * Fuel used since `allow`. Exact after a return, after the end of the fuel, at a slice and inside
   * a host function. After a trap or a host's exception it counts up to the last call, return or
   * checkpoint; the same each time.
   */
  get fuelUsed(): bigint {
    if (this.#fuel === undefined) return 0n;
    const used = this.#granted - (this.#fuel.value + this.#poison);
    return greater(used, this.#usedAtCheckpoint);
  }

  /** Calls an export and names the end. Calls may nest through host functions. */
  call(name: string, ...values: readonly unknown[]): CallEnd {
    return this.run(this.exports[name] as (...values: readonly unknown[]) => unknown, values);
  }

  /** Calls a function of the instance and names the end. */
  run(entry: (...values: readonly unknown[]) => unknown, values: readonly unknown[]): CallEnd {
    const depth = this.#depth;
    const before = this.#activeCalls === 0 ? this.#depthSlots : (depth?.value ?? 0);
    if (depth !== undefined) depth.value = before;
    this.#activeCalls++;
    try {
      return { kind: "returned", value: entry(...values) };
    } catch (error) {
      return this.#nameEnd(error);
    } finally {
      this.#activeCalls--;
      if (depth !== undefined && this.#activeCalls > 0) depth.value = before;
    }
  }

  /** Runs the start function of the module, if it has one. */
  start(): CallEnd {
    const entry = this.exports[reservedNames.start];
    if (entry === undefined) return { kind: "returned", value: undefined };
    return this.run(entry as () => unknown, []);
  }

  /**
   * Makes the guest trap at its next check, whatever it catches. For host functions that end the
   * guest: an exception of theirs could be caught by it.
   */
  poison(reason: string): void {
    if (this.#isPoisoned || this.#fuel === undefined) return;
    this.#isPoisoned = true;
    this.#stopReason = reason;
    this.#poison = this.#fuel.value - poisonedCounter;
    this.#fuel.value = poisonedCounter;
  }

  get isPoisoned(): boolean {
    return this.#isPoisoned;
  }

  /** Bytes of all memories; 0 without exported state. */
  get memoryBytes(): number {
    return this.#state?.memoryBytes ?? 0;
  }

  /** Copies memories, mutable globals and tables. Needs `exportState`. */
  save(reuse?: StateSnapshot): StateSnapshot {
    return this.#openState().save(reuse);
  }

  /** Puts a saved state back, or says why a fresh instance is needed. */
  restore(snapshot: StateSnapshot): RestoreAnswer {
    return this.#openState().restore(snapshot);
  }

  /**
   * Starts of the pages of 4 KiB that were written since the last `save` or `restore`. Needs
   * `dirtyPages`; a page may be listed that was not written.
   */
  *dirtyPages(memory: number, memoryBytes: number): Generator<number> {
    if (this.#marks !== undefined) yield* this.#marks.pages(memory, memoryBytes);
  }

  /** With `dirtyPages`, a host that writes to a memory says so: stores of the guest mark themselves. */
  noteWrite(memory: number, range: WrittenRange): void {
    this.#marks?.mark(memory, range);
  }

  #openState(): InstanceState {
    if (this.#state === undefined) throw new Error("The module was rewritten without exportState");
    return this.#state;
  }

  #grant(counter: bigint): bigint {
    if (this.#isPoisoned) return 0n;
    const { fuel = countingFuel } = this.#allowance;
    const used = this.#granted - counter;
    this.#noteCheckpoint(used);
    if (this.#granted >= fuel) {
      this.#isOut = true;
      return 0n;
    }
    if (used > this.#sliceEnd && !this.#mayGoOn(used)) {
      this.#stopReason = "stopped at a slice";
      return 0n;
    }
    const granted = lesser(lesser(this.#sliceEnd, this.#nextCheckpoint), fuel) - this.#granted;
    this.#granted += granted;
    return granted;
  }

  /** Never more is granted than up to the next checkpoint, so each is made at the same test every time. */
  #noteCheckpoint(used: bigint): void {
    if (used <= this.#nextCheckpoint) return;
    this.#usedAtCheckpoint = used;
    this.#nextCheckpoint = (used / checkpointFuel + 1n) * checkpointFuel;
  }

  #mayGoOn(used: bigint): boolean {
    const { fuel = countingFuel, onSlice } = this.#allowance;
    if (onSlice?.(used) === false) return false;
    this.#sliceEnd = used + (this.#allowance.sliceFuel ?? fuel);
    return true;
  }

  #nameEnd(error: unknown): CallEnd {
    if (this.#stopReason !== undefined) return { kind: "stopped", reason: this.#stopReason };
    if (this.#isOut) return { kind: "out-of-fuel" };
    if (this.#depth !== undefined && this.#depth.value < 0) return { kind: "too-deep" };
    return endOf(error);
  }
}

function lesser(a: bigint, b: bigint): bigint {
  return a < b ? a : b;
}

function greater(a: bigint, b: bigint): bigint {
  return a < b ? b : a;
}
