import { ByteWriter } from "../../src/byte-writer.ts";
import { assemble, valueType } from "./assemble.ts";

/** A function of a test module. Types are separated by spaces. */
export interface TestFunction {
  /** Name of its export. */
  readonly name?: string;
  readonly params?: string;
  readonly results?: string;
  readonly locals?: string;
  readonly code: string;
}

/** A memory or table of a test module. */
export interface TestSize {
  readonly min: number;
  readonly max?: number;
  readonly is64?: boolean;
  readonly isShared?: boolean;
  readonly name?: string;
}

/** A test module, by its sections. */
export interface TestModule {
  /** Entries in front of the types of functions, as bytes. */
  readonly types?: readonly (readonly number[])[];
  /** Imported functions come first in the index space: module name is `host`. */
  readonly imports?: readonly {
    readonly name: string;
    readonly params?: string;
    readonly results?: string;
  }[];
  readonly functions?: readonly TestFunction[];
  readonly tables?: readonly (TestSize & { readonly type?: string })[];
  readonly memories?: readonly TestSize[];
  /** Parameters of each tag. */
  readonly tags?: readonly string[];
  readonly globals?: readonly {
    readonly type: string;
    readonly isMutable?: boolean;
    readonly init: string;
    readonly name?: string;
  }[];
  readonly start?: number;
  /** Functions put into table 0 from index 0. */
  readonly elements?: readonly number[];
  readonly passiveElements?: readonly (readonly number[])[];
  /** Bytes put into memory 0 at an offset, or passive without one. */
  readonly data?: readonly { readonly at?: number; readonly bytes: readonly number[] }[];
}

const typeList = (text = ""): readonly string[] => text.split(" ").filter((each) => each !== "");

/** Builds the bytes of a module. */
export function buildModule(module: TestModule): Uint8Array {
  const { imports = [], functions = [], types = [], tags = [] } = module;
  const signatures = [...imports, ...functions, ...tags.map((params) => ({ params }))];
  const writer = new ByteWriter();
  writer.bytes([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0]);
  section(writer, 1, [...types, ...signatures.map(functionType)]);
  section(
    writer,
    2,
    imports.map((each, i) => named("host", named(each.name, [0, ...u32(types.length + i)]))),
  );
  section(
    writer,
    3,
    functions.map((_, i) => u32(types.length + imports.length + i)),
  );
  section(
    writer,
    4,
    (module.tables ?? []).map((each) => [...valueType(each.type ?? "funcref"), ...limits(each)]),
  );
  section(writer, 5, (module.memories ?? []).map(limits));
  const firstTag = types.length + imports.length + functions.length;
  section(
    writer,
    13,
    tags.map((_, i) => [0, ...u32(firstTag + i)]),
  );
  section(
    writer,
    6,
    (module.globals ?? []).map((each) => [
      ...valueType(each.type),
      each.isMutable === true ? 1 : 0,
      ...assemble(each.init),
      0x0b,
    ]),
  );
  section(writer, 7, exportsOf(module));
  if (module.start !== undefined) raw(writer, 8, u32(module.start));
  section(writer, 9, elementsOf(module));
  const { data = [] } = module;
  if (data.length > 0) raw(writer, 12, u32(data.length));
  section(writer, 10, functions.map(body));
  section(writer, 11, data.map(dataSegment));
  return writer.finish();
}

function section(writer: ByteWriter, id: number, entries: readonly (readonly number[])[]): void {
  if (entries.length > 0) raw(writer, id, [...u32(entries.length), ...entries.flat()]);
}

function raw(writer: ByteWriter, id: number, contents: readonly number[]): void {
  writer.byte(id);
  writer.u32(contents.length);
  writer.bytes(contents);
}

/** An integer as a LEB128. */
export function u32(value: number): readonly number[] {
  const writer = new ByteWriter(8);
  writer.u32(value);
  return [...writer.finish()];
}

/** The bytes of a function type. */
export function functionType(each: {
  readonly params?: string;
  readonly results?: string;
}): readonly number[] {
  const list = (text?: string) => {
    const names = typeList(text);
    return [...u32(names.length), ...names.flatMap((name) => [...valueType(name)])];
  };
  return [0x60, ...list(each.params), ...list(each.results)];
}

function limits(size: TestSize): readonly number[] {
  const flags =
    (size.max === undefined ? 0 : 1) |
    (size.isShared === true ? 2 : 0) |
    (size.is64 === true ? 4 : 0);
  return [flags, ...u32(size.min), ...(size.max === undefined ? [] : u32(size.max))];
}

function named(name: string, rest: readonly number[]): readonly number[] {
  const bytes = new TextEncoder().encode(name);
  return [...u32(bytes.length), ...bytes, ...rest];
}

function exportsOf(module: TestModule): readonly (readonly number[])[] {
  const imported = module.imports?.length ?? 0;
  const kinds = [
    { kind: 0, items: module.functions ?? [], first: imported },
    { kind: 1, items: module.tables ?? [], first: 0 },
    { kind: 2, items: module.memories ?? [], first: 0 },
    { kind: 3, items: module.globals ?? [], first: 0 },
  ];
  return kinds.flatMap(({ kind, items, first }) =>
    items.flatMap((item, index) =>
      item.name === undefined ? [] : [named(item.name, [kind, ...u32(first + index)])],
    ),
  );
}

function elementsOf(module: TestModule): readonly (readonly number[])[] {
  const list = (functions: readonly number[]) => [
    ...u32(functions.length),
    ...functions.flatMap(u32),
  ];
  const active =
    module.elements === undefined ? [] : [[0, 0x41, 0, 0x0b, ...list(module.elements)]];
  return [...active, ...(module.passiveElements ?? []).map((each) => [1, 0, ...list(each)])];
}

function body(each: TestFunction): readonly number[] {
  const locals = typeList(each.locals);
  const contents = [
    ...u32(locals.length),
    ...locals.flatMap((name) => [1, ...valueType(name)]),
    ...assemble(each.code),
    0x0b,
  ];
  return [...u32(contents.length), ...contents];
}

function dataSegment(each: {
  readonly at?: number;
  readonly bytes: readonly number[];
}): readonly number[] {
  const bytes = [...u32(each.bytes.length), ...each.bytes];
  if (each.at === undefined) return [1, ...bytes];
  return [0, ...assemble(`i32.const ${each.at}`), 0x0b, ...bytes];
}
