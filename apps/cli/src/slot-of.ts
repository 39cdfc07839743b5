import type { ProgramSource } from "./program-source.ts";

const byExtension: Readonly<Record<string, string>> = {
  py: "python",
  js: "javascript",
  mjs: "javascript",
  wasm: "wasm",
  evm: "evm",
  hex: "evm",
};

/**
 * The slot that surely runs a source, so that an embedded server mounts that one alone; undefined
 * where it should mount all and guess by their manifests.
 */
export function slotOf(source: Pick<ProgramSource, "name" | "bytes">): string | undefined {
  const isWasm = Buffer.from(source.bytes.subarray(0, 4)).equals(Buffer.from("\0asm", "latin1"));
  if (isWasm) return "wasm";
  return byExtension[source.name.split(".").at(-1) ?? ""];
}
