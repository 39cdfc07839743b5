import type { ByteReader } from "./byte-reader.ts";
import type { DecodeLimits } from "./decode-limits.ts";
import type { InstructionCursor } from "./instruction-cursor.ts";
import type {
  DataSegment,
  ElementSegment,
  ExportItem,
  FunctionBody,
  FunctionItem,
  GlobalItem,
  MemoryItem,
  Section,
  TableItem,
  TagItem,
  TypeDefinition,
} from "./module.ts";

/** What the readers of sections fill in, in the order of the sections. */
export interface DecodeState {
  readonly reader: ByteReader;
  /** Reads constant expressions. */
  readonly cursor: InstructionCursor;
  /** Sizes of the index spaces, as far as they are known. */
  readonly spaces: Float64Array;
  readonly limits: DecodeLimits;
  readonly sections: Section[];
  readonly types: TypeDefinition[];
  typeGroupsCount: number;
  readonly functions: FunctionItem[];
  readonly tables: TableItem[];
  readonly memories: MemoryItem[];
  readonly tags: TagItem[];
  readonly globals: GlobalItem[];
  readonly exports: ExportItem[];
  startFunction: number | undefined;
  readonly elements: ElementSegment[];
  dataCount: number | undefined;
  readonly data: DataSegment[];
  readonly bodies: FunctionBody[];
  moduleName: string | undefined;
  readonly functionNames: Map<number, string>;
  readonly referencedFunctions: number[];
}
