import type { FacetName } from "../facets/facet-spec.ts";
import { facetNames } from "../facets/facet-spec.ts";
import type { Manifest } from "../manifest.ts";

/**
 * Facets that have cases and mutants; the others wait for theirs before anybody can declare them.
 * Every meter has a case: EE-35 exceeds each that is declared.
 */
const provenFacets: readonly FacetName[] = ["invoke", "rewind", "observe"];

/** What a manifest declares that no case examines: a capability without a case cannot be declared. */
export function unprovable(manifest: Manifest): readonly string[] {
  const { declares } = manifest;
  const facets = facetNames.filter(
    (name) => declares[name] !== undefined && !provenFacets.includes(name),
  );
  const covers = (declares.rewind?.covers ?? []).filter((each) => each !== "memory");
  return [...facets, ...covers.map((each) => `rewind.covers: ${each}`)];
}
