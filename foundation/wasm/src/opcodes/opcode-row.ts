import type { Feature } from "../feature.ts";

/** What follows an opcode in the binary format. */
export type OperandLayout =
  | "none"
  | "block"
  | "tag"
  | "label"
  | "labels"
  | "function"
  | "type"
  | "type table"
  | "value-types"
  | "try-table"
  | "local"
  | "global"
  | "table"
  | "memory"
  | "memarg"
  | "memarg lane"
  | "i32"
  | "i64"
  | "f32"
  | "f64"
  | "v128"
  | "lanes16"
  | "lane"
  | "heap-type"
  | "cast"
  | "data"
  | "data memory"
  | "memory memory"
  | "element"
  | "element table"
  | "table table"
  | "type field"
  | "type count"
  | "type data"
  | "type element"
  | "type type"
  | "zero-byte";

/** The shape of a float result whose NaN bits the specification leaves open. */
export type NanShape = "f32" | "f64" | "f32x4" | "f64x2";

/** A run of consecutive opcodes that share layout and stack effect. */
export interface OpcodeRow {
  readonly first: number;
  /** Names in order, separated by spaces; "-" leaves an opcode unassigned. */
  readonly names: string;
  readonly operands?: OperandLayout;
  /** Values taken from the stack, beyond those that a type of the module decides. Default 0. */
  readonly pops?: number;
  readonly pushes?: number;
  readonly nan?: NanShape;
  readonly feature?: Feature;
}
