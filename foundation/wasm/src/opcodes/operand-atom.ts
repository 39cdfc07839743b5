/**
 * The parts that operand layouts are made of; `type table` is two atoms. The index in this list is
 * the atom's code. The codes from 1 to `lastIndexAtom` are plain indices, checked against the size
 * of their index space.
 */
export const operandAtoms: readonly string[] = [
  "none",
  "label",
  "function",
  "type",
  "table",
  "memory",
  "local",
  "global",
  "tag",
  "data",
  "element",
  "field",
  "count",
  "memarg",
  "block",
  "labels",
  "value-types",
  "try-table",
  "i32",
  "i64",
  "f32",
  "f64",
  "v128",
  "lanes16",
  "lane",
  "heap-type",
  "cast",
  "zero-byte",
];

// The codes below repeat positions in the list above, because a hot switch needs constants; a unit
// test compares both.
export const atomNone = 0;
export const atomLabel = 1;
export const atomFunction = 2;
export const atomType = 3;
export const atomTable = 4;
export const atomMemory = 5;
export const atomLocal = 6;
export const atomGlobal = 7;
export const atomTag = 8;
export const atomData = 9;
export const atomElement = 10;
export const lastIndexAtom = 12;
export const atomMemarg = 13;
export const atomBlock = 14;
export const atomLabels = 15;
export const atomValueTypes = 16;
export const atomTryTable = 17;
export const atomI32 = 18;
export const atomI64 = 19;
export const atomF32 = 20;
export const atomF64 = 21;
export const atomV128 = 22;
export const atomLanes16 = 23;
export const atomLane = 24;
export const atomHeapType = 25;
export const atomCast = 26;
export const atomZeroByte = 27;
