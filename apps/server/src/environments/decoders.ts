import type { CodeDecoder } from "@bedplate/environment";
import { wasmDecoder } from "@bedplate/environment-wasm";

/** The machine codes that this distribution reads, by environment. */
export async function openDecoders(): Promise<Readonly<Record<string, CodeDecoder>>> {
  return { wasm: wasmDecoder };
}
