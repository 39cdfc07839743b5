import { type FaultError, raise } from "@bedplate/errors";

/** Makes the error for bytes that are no WebAssembly module; `offset` counts from the first byte. */
export function malformed(
  offset: number,
  problem: string,
  cause?: unknown,
): FaultError<"argument.invalid"> {
  return raise("argument.invalid", {
    op: "wasm.decode",
    detail: { path: "", rule: "WebAssembly binary format" },
    message: `Cannot decode the module: ${problem} at byte ${offset}`,
    cause,
  });
}

/** Makes the error for a module that is larger than a named limit allows. */
export function tooLarge(
  meter: string,
  sizes: { readonly limit: number; readonly asked: number },
): FaultError<"quota.exceeded"> {
  return raise("quota.exceeded", {
    op: "wasm.decode",
    detail: { meter, limit: sizes.limit, asked: sizes.asked },
    message: `Cannot accept the module: ${meter} is ${sizes.asked}, the limit is ${sizes.limit}`,
  });
}
