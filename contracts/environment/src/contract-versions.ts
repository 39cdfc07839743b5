import { type Digest, digestValue } from "@bedplate/codec";
import { budgetSchema } from "./budget.ts";
import { type FacetName, facetNames } from "./facets/facet-spec.ts";
import type { ContractRange } from "./negotiation.ts";
import { phaseTable } from "./phase.ts";
import { profileSchema } from "./profile.ts";

/** Digest of what the contract says: operations, phases, facets and the schemas at the edge. */
export function surfaceDigest(): Digest {
  const schemas = [profileSchema, budgetSchema].map((each) => JSON.stringify(each.jsonSchema));
  return digestValue(["environment", 1, 0, JSON.stringify(phaseTable), [...facetNames], schemas]);
}

/** The contract versions that this package speaks, for the environment and some facets. */
export function speaks(facets: readonly FacetName[]): readonly ContractRange[] {
  const surface = surfaceDigest();
  const names = ["environment", ...facets.map((each) => `facet/${each}`)];
  return names.map((name) => ({ name, versions: [{ major: 1, minor: 0, surface }] }));
}
