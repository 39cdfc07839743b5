/** A group of WebAssembly features that can be refused as one. */
export type Feature =
  | "bulk-memory"
  | "exceptions"
  | "gc"
  | "memory64"
  | "multi-memory"
  | "reference-types"
  | "relaxed-simd"
  | "simd"
  | "tail-calls"
  | "threads";

/** Every feature group, in the order of their bits in a feature set. */
export const features: readonly Feature[] = [
  "bulk-memory",
  "exceptions",
  "gc",
  "memory64",
  "multi-memory",
  "reference-types",
  "relaxed-simd",
  "simd",
  "tail-calls",
  "threads",
];
