import type { ValueType } from "./value-type.ts";

/** A range of bytes of the module. */
export interface ByteRange {
  readonly start: number;
  readonly end: number;
}

/** A section of the binary, in the order in which it stands there. */
export interface Section extends ByteRange {
  readonly id: number;
  /** Name of a custom section. */
  readonly name?: string | undefined;
  /** Where the section's identifier stands; `start` and `end` span the contents. */
  readonly at: number;
}

/** A field of a structure, or the element of an array. */
export interface Field {
  readonly type: ValueType;
  readonly isMutable: boolean;
}

/** An entry of the type index space. */
export type TypeDefinition = {
  readonly isFinal: boolean;
  readonly supertypes: readonly number[];
  /** Number of the recursion group that holds the type. */
  readonly group: number;
} & (
  | {
      readonly kind: "function";
      readonly parameters: readonly ValueType[];
      readonly results: readonly ValueType[];
    }
  | { readonly kind: "struct"; readonly fields: readonly Field[] }
  | { readonly kind: "array"; readonly element: Field }
);

/** A type definition of kind `function`. */
export type FunctionType = Extract<TypeDefinition, { kind: "function" }>;

/** Where an imported item comes from. */
export interface ImportName {
  readonly module: string;
  readonly name: string;
}

/** The size of a memory in pages, or of a table in elements. */
export interface SizeLimits {
  readonly minimum: bigint;
  readonly maximum?: bigint | undefined;
  readonly addressType: "i32" | "i64";
  readonly isShared: boolean;
}

/** An entry of the function index space. */
export interface FunctionItem {
  readonly typeIndex: number;
  readonly import?: ImportName | undefined;
}

/** An entry of the memory index space. */
export interface MemoryItem {
  readonly limits: SizeLimits;
  readonly import?: ImportName | undefined;
  readonly range: ByteRange;
}

/** An entry of the table index space. */
export interface TableItem {
  readonly elementType: ValueType;
  readonly limits: SizeLimits;
  readonly import?: ImportName | undefined;
  readonly range: ByteRange;
  /** Where the limits stand inside `range`. */
  readonly limitsRange: ByteRange;
}

/** An entry of the global index space. */
export interface GlobalItem {
  readonly type: ValueType;
  readonly isMutable: boolean;
  readonly import?: ImportName | undefined;
}

/** An entry of the tag index space. */
export interface TagItem {
  readonly typeIndex: number;
  readonly import?: ImportName | undefined;
}

/** The kinds of items that can be imported and exported. */
export type ItemKind = "function" | "table" | "memory" | "global" | "tag";

/** An export. */
export interface ExportItem {
  readonly name: string;
  readonly kind: ItemKind;
  readonly index: number;
}

/** A segment of references. */
export interface ElementSegment {
  readonly mode: "active" | "passive" | "declarative";
  readonly table: number;
  readonly type: ValueType;
  readonly count: number;
  /** The functions that it names directly or through `ref.func`. */
  readonly functions: readonly number[];
}

/** A segment of bytes. */
export interface DataSegment {
  readonly mode: "active" | "passive";
  readonly memory: number;
  readonly bytes: ByteRange;
}

/** A group of locals of one type. */
export interface LocalGroup {
  readonly count: number;
  readonly type: ValueType;
}

/** The code of one function. */
export interface FunctionBody extends ByteRange {
  /** Index in the function index space. */
  readonly index: number;
  readonly locals: readonly LocalGroup[];
  /** Where the groups of locals start (after their count). */
  readonly localsAt: number;
  /** Where the instructions start; they end at `end`. */
  readonly codeAt: number;
}

/** Names from the custom section `name`. */
export interface ModuleNames {
  readonly module?: string | undefined;
  readonly functions: ReadonlyMap<number, string>;
}

/** A decoded module. Bodies keep their bytes; `listCode` and the rewriter read them when needed. */
export interface WasmModule {
  readonly bytes: Uint8Array;
  readonly sections: readonly Section[];
  readonly types: readonly TypeDefinition[];
  /** How many entries the type section has: a recursion group counts once. */
  readonly typeGroupsCount: number;
  readonly functions: readonly FunctionItem[];
  readonly tables: readonly TableItem[];
  readonly memories: readonly MemoryItem[];
  readonly tags: readonly TagItem[];
  readonly globals: readonly GlobalItem[];
  readonly exports: readonly ExportItem[];
  readonly startFunction?: number | undefined;
  readonly elements: readonly ElementSegment[];
  /** From the data count section; code may name segments only when it is there. */
  readonly dataCount?: number | undefined;
  readonly data: readonly DataSegment[];
  readonly bodies: readonly FunctionBody[];
  readonly names: ModuleNames;
  /** Functions that code refers to by `ref.func` in constant expressions, besides `elements`. */
  readonly referencedFunctions: readonly number[];
}
