import { isFault } from "@bedplate/errors";
import type { FacetName, FacetSpec } from "../../facets/facet-spec.ts";
import type { Environment } from "../../gate/environment.ts";
import type { Instance } from "../../gate/instance.ts";
import type { InstanceDriver, InstanceSpec } from "../../instance-driver.ts";
import type { ConformanceSubject } from "../conformance-subject.ts";
import { overlay } from "../overlay.ts";
import { driver, hostInstances, instances, type MutantParts } from "./mutant.ts";

type Driver<F extends FacetName> = FacetSpec[F]["driver"];

/** True for subjects that declare all of the facets. */
export function declaring(
  ...names: readonly FacetName[]
): (subject: ConformanceSubject) => boolean {
  return ({ plugin }) => names.every((each) => plugin.manifest.declares[each] !== undefined);
}

/** A defect of one facet of every instance. */
export function changing<F extends FacetName>(
  name: F,
  change: (inner: Driver<F>, instance: InstanceDriver) => Partial<Driver<F>>,
): MutantParts {
  return instances((instance) => {
    const inner = facetOf(instance, name);
    if (inner === undefined) return instance;
    const facet = overlay(inner, change(inner, instance));
    return overlay(instance, { facets: { ...instance.facets, [name]: facet } as never });
  });
}

/** A defect of the host around one facet. */
export function hostChanging<F extends FacetName>(
  name: F,
  change: (inner: Driver<F>) => Partial<Driver<F>>,
): MutantParts {
  return hostInstances((instance) => withFacet(instance, name, change));
}

function withFacet<F extends FacetName>(
  instance: Instance,
  name: F,
  change: (inner: Driver<F>) => Partial<Driver<F>>,
): Instance {
  const inner = (instance.facets as Partial<Record<FacetName, object>>)[name];
  if (inner === undefined) return instance;
  const changed = overlay(inner as Driver<F>, change(inner as Driver<F>));
  const facet = (asked: "invoke") =>
    (asked as FacetName) === name ? changed : instance.facet(asked);
  return overlay(instance, { facet: facet as never });
}

/** A defect of how a spec reaches the driver. */
export function creating(change: (spec: InstanceSpec) => InstanceSpec): MutantParts {
  return driver((inner) =>
    overlay(inner, { create: (spec, call) => inner.create(change(spec), call) }),
  );
}

/** A defect of how a spec reaches the gate. */
export function hostCreating(change: (spec: InstanceSpec) => InstanceSpec): MutantParts {
  return {
    environment: (environment: Environment) =>
      overlay(environment, { create: (spec, call) => environment.create(change(spec), call) }),
  };
}

export function facetOf<F extends FacetName>(
  instance: InstanceDriver,
  name: F,
): Driver<F> | undefined {
  return (instance.facets as { readonly [N in F]?: Driver<F> })[name];
}

/** Answers `otherwise` where the work is refused with that code. */
export async function forgiving<T>(
  work: Promise<T>,
  code:
    | "argument.invalid"
    | "capability.undeclared"
    | "phase.illegal"
    | "resource.missing"
    | "resource.busy",
  otherwise: () => T | Promise<T>,
): Promise<T> {
  try {
    return await work;
  } catch (error) {
    if (isFault(error, code)) return otherwise();
    throw error;
  }
}
