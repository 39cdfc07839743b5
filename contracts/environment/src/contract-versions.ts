import type { FacetName } from "./facets/facet-spec.ts";
import type { ContractRange } from "./negotiation.ts";
import { type ContractName, surfaceDigest } from "./surface/surface-document.ts";

/** The version of every contract in this package. A changed surface needs a new minor. */
export const contractVersion: { readonly major: number; readonly minor: number } = {
  major: 1,
  minor: 0,
};

/** The contract versions that this package speaks, for the environment and some facets. */
export function speaks(facets: readonly FacetName[]): readonly ContractRange[] {
  const names: readonly ContractName[] = [
    "environment",
    ...facets.map((each) => `facet/${each}` as const),
  ];
  return names.map((name) => ({
    name,
    versions: [{ ...contractVersion, surface: surfaceDigest(name) }],
  }));
}
