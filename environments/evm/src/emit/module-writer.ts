import { ByteWriter } from "@bedplate/wasm-module";
import type { CodeWriter } from "./code-writer.ts";
import { op, type ValueType, valueTypes } from "./opcodes.ts";

export interface FunctionType {
  readonly parameters: readonly ValueType[];
  readonly results: readonly ValueType[];
}

interface Elements {
  /** The place of the first one, or the index of the global that says it. */
  readonly offset: number;
  readonly isGlobal: boolean;
  readonly functions: readonly number[];
}

interface DataSegment {
  readonly offset: number;
  readonly bytes: Uint8Array;
}

/** Section ids. */
const section = {
  type: 1,
  import: 2,
  function: 3,
  table: 4,
  memory: 5,
  export: 7,
  element: 9,
  code: 10,
  data: 11,
} as const;

const externalKind = { function: 0, table: 1, memory: 2, global: 3 } as const;
const funcref = 0x70;

/**
 * Writes a module: one memory, one table of functions, both imported from `module` "machine" where
 * asked. Imports come before functions. Function indices are known at once: those of the imports,
 * then those of `declareFunction` in their order; `setBody` may follow later, so that functions can
 * call each other.
 */
export class ModuleWriter {
  readonly #types = new Map<string, number>();
  readonly #typeBytes = new ByteWriter(1024);
  readonly #imports = new ByteWriter(1024);
  #importCount = 0;
  #importedFunctions = 0;
  #importedGlobals = 0;
  readonly #functionTypes: number[] = [];
  readonly #bodies: (CodeWriter | undefined)[] = [];
  readonly #exports = new ByteWriter(1024);
  #exportCount = 0;
  readonly #elements: Elements[] = [];
  readonly #data: DataSegment[] = [];
  #tableSize: number | undefined;
  #memoryPages: { readonly initial: number; readonly maximum: number } | undefined;

  typeOf(type: FunctionType): number {
    const key = `${type.parameters.join()}>${type.results.join()}`;
    const known = this.#types.get(key);
    if (known !== undefined) return known;
    this.#typeBytes.byte(0x60);
    writeValueTypes(this.#typeBytes, type.parameters);
    writeValueTypes(this.#typeBytes, type.results);
    this.#types.set(key, this.#types.size);
    return this.#types.size - 1;
  }

  /** Returns the index of the imported function; only before the first `declareFunction`. */
  importFunction(
    name: { readonly module: string; readonly field: string },
    type: FunctionType,
  ): number {
    const typeIndex = this.typeOf(type);
    this.#import(name, externalKind.function);
    this.#imports.u32(typeIndex);
    return this.#importedFunctions++;
  }

  importMemory(
    name: { readonly module: string; readonly field: string },
    pages: { readonly initial: number; readonly maximum: number },
  ): void {
    this.#import(name, externalKind.memory);
    writePages(this.#imports, pages);
  }

  importTable(name: { readonly module: string; readonly field: string }, initial: number): void {
    this.#import(name, externalKind.table);
    this.#imports.bytes([funcref, 0]);
    this.#imports.u32(initial);
  }

  /** An immutable global; returns its index. */
  importGlobal(name: { readonly module: string; readonly field: string }, type: ValueType): number {
    this.#import(name, externalKind.global);
    this.#imports.bytes([valueTypes[type], 0]);
    return this.#importedGlobals++;
  }

  defineMemory(pages: { readonly initial: number; readonly maximum: number }): void {
    this.#memoryPages = pages;
  }

  defineTable(initial: number): void {
    this.#tableSize = initial;
  }

  /** Returns the index of the new function; `setBody` must follow before `finish`. */
  declareFunction(type: FunctionType): number {
    this.#functionTypes.push(this.typeOf(type));
    this.#bodies.push(undefined);
    return this.#importedFunctions + this.#functionTypes.length - 1;
  }

  setBody(functionIndex: number, code: CodeWriter): void {
    this.#bodies[functionIndex - this.#importedFunctions] = code;
  }

  exportFunction(name: string, functionIndex: number): void {
    this.#export(name, externalKind.function, functionIndex);
  }

  exportMemory(name: string): void {
    this.#export(name, externalKind.memory, 0);
  }

  exportTable(name: string): void {
    this.#export(name, externalKind.table, 0);
  }

  /** Puts functions into the table when the module is instantiated, from an offset on. */
  elements(offset: number, functions: readonly number[]): void {
    this.#elements.push({ offset, isGlobal: false, functions });
  }

  /** The same, from what an imported global says. */
  elementsAtGlobal(globalIndex: number, functions: readonly number[]): void {
    this.#elements.push({ offset: globalIndex, isGlobal: true, functions });
  }

  /** Puts bytes into the memory when the module is instantiated. */
  data(offset: number, bytes: Uint8Array): void {
    this.#data.push({ offset, bytes });
  }

  finish(): Uint8Array<ArrayBuffer> {
    const out = new ByteWriter(65_536);
    out.bytes([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0]);
    writeSection(out, section.type, { count: this.#types.size, content: this.#typeBytes });
    writeSection(out, section.import, { count: this.#importCount, content: this.#imports });
    this.#writeDeclarations(out);
    writeSection(out, section.export, { count: this.#exportCount, content: this.#exports });
    this.#writeElements(out);
    this.#writeCode(out);
    this.#writeData(out);
    return out.view().slice();
  }

  #import(name: { readonly module: string; readonly field: string }, kind: number): void {
    this.#imports.name(name.module);
    this.#imports.name(name.field);
    this.#imports.byte(kind);
    this.#importCount++;
  }

  #export(name: string, kind: number, index: number): void {
    this.#exports.name(name);
    this.#exports.byte(kind);
    this.#exports.u32(index);
    this.#exportCount++;
  }

  #writeDeclarations(out: ByteWriter): void {
    const functions = new ByteWriter();
    for (const type of this.#functionTypes) functions.u32(type);
    writeSection(out, section.function, { count: this.#functionTypes.length, content: functions });
    if (this.#tableSize !== undefined) {
      const table = new ByteWriter();
      table.bytes([funcref, 0]);
      table.u32(this.#tableSize);
      writeSection(out, section.table, { count: 1, content: table });
    }
    if (this.#memoryPages !== undefined) {
      const memory = new ByteWriter();
      writePages(memory, this.#memoryPages);
      writeSection(out, section.memory, { count: 1, content: memory });
    }
  }

  #writeElements(out: ByteWriter): void {
    const content = new ByteWriter();
    for (const { offset, isGlobal, functions } of this.#elements) {
      content.bytes([0, isGlobal ? op.global_get : op.i32_const]);
      if (isGlobal) content.u32(offset);
      else content.s32(offset);
      content.byte(0x0b);
      content.u32(functions.length);
      for (const each of functions) content.u32(each);
    }
    writeSection(out, section.element, { count: this.#elements.length, content });
  }

  #writeCode(out: ByteWriter): void {
    const content = new ByteWriter(65_536);
    const locals = new ByteWriter();
    for (const body of this.#bodies) {
      if (body === undefined) throw new Error("Cannot finish the module: a function has no body");
      locals.clear();
      writeLocals(locals, body.locals);
      const code = body.out.view();
      content.u32(locals.length + code.length + 1);
      content.bytes(locals.view());
      content.bytes(code);
      content.byte(0x0b);
    }
    writeSection(out, section.code, { count: this.#bodies.length, content });
  }

  #writeData(out: ByteWriter): void {
    const content = new ByteWriter();
    for (const { offset, bytes } of this.#data) {
      content.bytes([0, 0x41]);
      content.s32(offset);
      content.byte(0x0b);
      content.u32(bytes.length);
      content.bytes(bytes);
    }
    writeSection(out, section.data, { count: this.#data.length, content });
  }
}

function writeSection(
  out: ByteWriter,
  id: number,
  { count, content }: { readonly count: number; readonly content: ByteWriter },
): void {
  if (count === 0) return;
  const head = new ByteWriter(8);
  head.u32(count);
  out.byte(id);
  out.u32(head.length + content.length);
  out.bytes(head.view());
  out.bytes(content.view());
}

function writeValueTypes(out: ByteWriter, types: readonly ValueType[]): void {
  out.u32(types.length);
  for (const type of types) out.byte(valueTypes[type]);
}

function writePages(
  out: ByteWriter,
  { initial, maximum }: { readonly initial: number; readonly maximum: number },
): void {
  out.byte(1);
  out.u32(initial);
  out.u32(maximum);
}

/** Runs of one type are one entry. */
function writeLocals(out: ByteWriter, types: readonly ValueType[]): void {
  const runs: { type: ValueType; count: number }[] = [];
  for (const type of types) {
    const last = runs.at(-1);
    if (last?.type === type) last.count++;
    else runs.push({ type, count: 1 });
  }
  out.u32(runs.length);
  for (const { type, count } of runs) {
    out.u32(count);
    out.byte(valueTypes[type]);
  }
}
