import type { CodeDecoder } from "@bedplate/environment";

/** The decoder of an environment's machine code; undefined where it has none. Loaded when it is asked for. */
export async function decoderOf(environment: string): Promise<CodeDecoder | undefined> {
  if (environment === "wasm") return (await import("@bedplate/environment-wasm")).wasmDecoder;
  if (environment.startsWith("evm-")) return (await import("@bedplate/environment-evm")).evmDecoder;
  return undefined;
}
