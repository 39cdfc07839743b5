import { raise } from "@bedplate/errors";
import type { EngineExports, EngineGlobal, EngineMemory, EngineTable } from "../engine.ts";
import type { StateNames } from "../meter/plan-additions.ts";
import { reservedNames } from "../meter/reserved-names.ts";
import type { DirtyMarks } from "./dirty-marks.ts";

/** The saved state of an instance: memories, mutable globals and tables. */
export interface StateSnapshot {
  readonly memories: readonly Uint8Array<ArrayBuffer>[];
  readonly globals: readonly unknown[];
  readonly tables: readonly (readonly unknown[])[];
  /** How many segments had been dropped. */
  readonly drops: number;
  readonly memoryBytes: number;
  /** The instance that was saved; functions in tables and globals belong to it. */
  readonly origin: object;
}

/**
 * `needs-fresh-instance`: a memory or table is larger than it was, or a segment was dropped since;
 * neither can be taken back. `foreign-functions`: tables hold functions of another instance.
 */
export type RestoreAnswer = "restored" | "needs-fresh-instance" | "foreign-functions";

type VectorGetter = () => readonly [bigint, bigint];
type VectorSetter = (low: bigint, high: bigint) => void;

/** Saves and restores the exported state of one instance. */
export class InstanceState {
  readonly #names: StateNames;
  readonly #exports: EngineExports;
  readonly #memories: readonly EngineMemory[];
  readonly #tables: readonly EngineTable[];

  readonly #marks: DirtyMarks | undefined;
  /** The save that the marks count from. */
  #base: StateSnapshot | undefined;

  constructor(
    names: StateNames,
    of: { readonly exports: EngineExports; readonly marks: DirtyMarks | undefined },
  ) {
    const { exports, marks } = of;
    this.#marks = marks;
    this.#names = names;
    this.#exports = exports;
    this.#memories = names.memories.map((name) => exports[name] as EngineMemory);
    this.#tables = names.tables.map((name) => exports[name] as EngineTable);
  }

  get memories(): readonly EngineMemory[] {
    return this.#memories;
  }

  get memoryBytes(): number {
    return this.#memories.reduce((sum, each) => sum + each.buffer.byteLength, 0);
  }

  /** Copies the state; the buffers of `reuse` are filled again where they fit. */
  save(reuse?: StateSnapshot): StateSnapshot {
    const memories = this.#memories.map((memory, index) => {
      const bytes = new Uint8Array(memory.buffer);
      const kept = reuse?.memories[index];
      if (kept?.length !== bytes.length) return bytes.slice();
      this.#copyWritten({ index, from: bytes, to: kept, base: reuse });
      return kept;
    });
    const snapshot = {
      memories,
      globals: this.#names.globals.map((_, index) => this.#readGlobal(index)),
      tables: this.#tables.map(readTable),
      drops: this.#drops(),
      memoryBytes: memories.reduce((sum, each) => sum + each.length, 0),
      origin: this,
    };
    this.#countFrom(snapshot);
    return snapshot;
  }

  /** Puts a saved state back, or says why that cannot be done and changes nothing. */
  restore(snapshot: StateSnapshot): RestoreAnswer {
    if (snapshot.drops !== this.#drops()) return "needs-fresh-instance";
    const isLarger =
      this.#memories.some((m, i) => m.buffer.byteLength > (snapshot.memories[i]?.length ?? 0)) ||
      this.#tables.some((t, i) => Number(t.length) > (snapshot.tables[i]?.length ?? 0));
    if (isLarger) return "needs-fresh-instance";
    if (snapshot.origin !== this && !this.#hasSameFunctions(snapshot)) return "foreign-functions";
    const isOwn = snapshot.origin === this;
    this.#memories.forEach((memory, i) => {
      const saved = snapshot.memories[i] as Uint8Array;
      growTo(memory, saved.length);
      const to = new Uint8Array(memory.buffer);
      this.#copyWritten({ index: i, from: saved, to, base: snapshot });
    });
    this.#tables.forEach((table, i) => {
      writeTable(table, { saved: snapshot.tables[i] ?? [], isOwn });
    });
    snapshot.globals.forEach((value, i) => {
      if (isOwn || typeof value !== "function") this.#writeGlobal(i, value);
    });
    this.#countFrom(snapshot);
    return "restored";
  }

  /** Copies what was written since `base`, or everything where that is not known. */
  #copyWritten(copy: {
    readonly index: number;
    readonly from: Uint8Array;
    readonly to: Uint8Array;
    readonly base: StateSnapshot | undefined;
  }): void {
    const { index, from, to, base } = copy;
    if (this.#marks === undefined || base === undefined || base !== this.#base) to.set(from);
    else this.#marks.copyMarked(index, { from, to });
  }

  #countFrom(snapshot: StateSnapshot): void {
    this.#base = snapshot;
    snapshot.memories.forEach((memory, index) => {
      this.#marks?.clear(index, memory.length);
    });
  }

  #hasSameFunctions(snapshot: StateSnapshot): boolean {
    return (
      snapshot.globals.every((value, i) => isOwnable(value, () => this.#readGlobal(i))) &&
      this.#tables.every((table, i) => {
        const length = Number(table.length);
        const read = (at: number) => (at < length ? table.get(addressOf(table, at)) : null);
        return (snapshot.tables[i] ?? []).every((value, at) => isOwnable(value, () => read(at)));
      })
    );
  }

  #drops(): number {
    return (this.#exports[reservedNames.drops] as EngineGlobal<number>).value;
  }

  #readGlobal(index: number): unknown {
    const { name, setter, type } = this.#names.globals[index] as StateNames["globals"][number];
    if (setter !== undefined) return (this.#exports[name] as VectorGetter)();
    if (/exn/.test(type)) throw unsavable(type);
    return (this.#exports[name] as EngineGlobal).value;
  }

  #writeGlobal(index: number, value: unknown): void {
    const { name, setter } = this.#names.globals[index] as StateNames["globals"][number];
    if (setter === undefined) {
      (this.#exports[name] as EngineGlobal).value = value;
      return;
    }
    const [low, high] = value as readonly [bigint, bigint];
    (this.#exports[setter] as VectorSetter)(low, high);
  }
}

function unsavable(type: string): Error {
  return raise("capability.undeclared", {
    op: "wasm.save",
    detail: { facet: "snapshot" },
    message: `Cannot save the instance: JavaScript cannot read a global of type ${type}`,
  });
}

const pageBytes = 65_536;

function growTo(memory: EngineMemory, bytes: number): void {
  const missing = bytes - memory.buffer.byteLength;
  if (missing > 0) memory.grow(missing / pageBytes);
}

function readTable(table: EngineTable): readonly unknown[] {
  const length = Number(table.length);
  return Array.from({ length }, (_, index) => table.get(addressOf(table, index)));
}

/** Tables with 64-bit addresses take BigInts. */
function addressOf(table: EngineTable, index: number): number | bigint {
  return typeof table.length === "bigint" ? BigInt(index) : index;
}

/**
 * True unless a value is a function of another instance and this one holds another function there.
 * The name of a function that comes out of a module is its index in the module.
 */
function isOwnable(value: unknown, current: () => unknown): boolean {
  return typeof value !== "function" || isSameFunction(value, current());
}

function isSameFunction(saved: unknown, current: unknown): boolean {
  return (
    typeof saved === "function" && typeof current === "function" && saved.name === current.name
  );
}

/** With functions of another instance, the own ones of the same index stay. */
function writeTable(
  table: EngineTable,
  from: { readonly saved: readonly unknown[]; readonly isOwn: boolean },
): void {
  const { saved, isOwn } = from;
  const missing = saved.length - Number(table.length);
  if (missing > 0) table.grow(addressOf(table, missing));
  saved.forEach((value, index) => {
    const address = addressOf(table, index);
    const current = table.get(address);
    if (current === value || (!isOwn && isSameFunction(value, current))) return;
    table.set(address, value);
  });
}
