import type { Budget, Meter } from "../budget.ts";
import type { Manifest } from "../manifest.ts";

/** Enough of each meter for every program of a suite that ends. */
const amounts: { readonly [M in Meter]: number } = {
  fuel: 1_000_000_000,
  wallMs: 20_000,
  cpuMs: 20_000,
  memoryBytes: 256 * 1024 * 1024,
  outputBytes: 1024 * 1024,
  depth: 1000,
};

/** Enough of each declared meter; `chosen` wins. */
export function plenty(manifest: Manifest, chosen: Budget = {}): Budget {
  const invoke = manifest.declares.invoke;
  if (invoke === undefined) return chosen;
  const outputBytes = Math.min(amounts.outputBytes, invoke.outputBytesMax);
  const declared = invoke.meters.map((meter) => [meter, amounts[meter]] as const);
  const all: Budget = { ...Object.fromEntries(declared), ...chosen };
  return all.outputBytes === undefined
    ? all
    : { ...all, outputBytes: Math.min(all.outputBytes, outputBytes) };
}
