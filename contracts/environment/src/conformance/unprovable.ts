import type { Meter } from "../budget.ts";
import type { FacetName } from "../facets/facet-spec.ts";
import { facetNames } from "../facets/facet-spec.ts";
import type { Manifest } from "../manifest.ts";

/** Facets that have cases and mutants; the others wait for theirs before anybody can declare them. */
const provenFacets: readonly FacetName[] = ["invoke", "rewind", "observe"];

/** Meters whose bound a case exceeds. */
const provenMeters: readonly Meter[] = ["fuel", "wallMs", "memoryBytes", "outputBytes", "depth"];

/** What a manifest declares that no case examines: a capability without a case cannot be declared. */
export function unprovable(manifest: Manifest): readonly string[] {
  const { declares } = manifest;
  const facets = facetNames.filter(
    (name) => declares[name] !== undefined && !provenFacets.includes(name),
  );
  const meters = (declares.invoke?.meters ?? []).filter((each) => !provenMeters.includes(each));
  const covers = (declares.rewind?.covers ?? []).filter((each) => each !== "memory");
  return [
    ...facets,
    ...meters.map((each) => `invoke.meters: ${each}`),
    ...covers.map((each) => `rewind.covers: ${each}`),
  ];
}
