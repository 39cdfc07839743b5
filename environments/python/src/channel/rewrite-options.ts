import type { RewriteOptions } from "@bedplate/wasm-module";

/** Greatest memory of a guest, in pages of 64 KiB: half of what 32-bit addresses reach. */
export const memoryPagesMax = 32_768;

/** What is added to the interpreter's module. */
export const rewriteOptions: RewriteOptions = {
  fuel: true,
  depth: true,
  nan: "canonical",
  memoryPagesMax,
  refuse: ["threads", "relaxed-simd", "memory64", "multi-memory"],
};
