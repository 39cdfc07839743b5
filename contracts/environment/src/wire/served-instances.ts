import { raise } from "@bedplate/errors";
import { type FacetName, type FacetSpec, facetNames } from "../facets/facet-spec.ts";
import type { InstanceDriver } from "../instance-driver.ts";
import type { InstanceRef } from "./environment-messages.ts";

/** The instances that a plug-in's side has handed out, under the names that messages use. */
export class ServedInstances {
  readonly #instances = new Map<string, InstanceDriver>();
  readonly #refs = new WeakMap<InstanceDriver, InstanceRef>();
  #lastRef = 0;

  /** The same driver object keeps its name. */
  add(driver: InstanceDriver): InstanceRef {
    let ref = this.#refs.get(driver);
    if (ref === undefined) {
      const facets = facetNames.filter((each) => facetOf(driver, each) !== undefined);
      ref = { instance: `${++this.#lastRef}`, handle: driver.handle, facets };
      this.#refs.set(driver, ref);
    }
    this.#instances.set(ref.instance, driver);
    return ref;
  }

  /** Undefined for one that was released. */
  find(instance: string): InstanceDriver | undefined {
    return this.#instances.get(instance);
  }

  get(instance: string): InstanceDriver {
    const found = this.#instances.get(instance);
    if (found !== undefined) return found;
    throw raise("resource.missing", {
      op: "wire.receive",
      subject: `instance/${instance}`,
      detail: { type: "instance", id: instance },
      message: `Cannot find instance/${instance}: it was released or never made`,
    });
  }

  /** The facet of an instance; refuses one that it does not have. */
  facet<F extends FacetName>(instance: string, name: F): FacetSpec[F]["driver"] {
    const found = facetOf(this.get(instance), name);
    if (found !== undefined) return found as FacetSpec[F]["driver"];
    throw raise("capability.undeclared", {
      op: `instance.${name}`,
      subject: `instance/${instance}`,
      detail: { facet: name },
      message: `Cannot use ${name} of instance/${instance}: its environment does not declare it`,
    });
  }

  delete(instance: string): void {
    this.#instances.delete(instance);
  }

  clear(): void {
    this.#instances.clear();
  }
}

function facetOf(driver: InstanceDriver, name: FacetName): object | undefined {
  return (driver.facets as Partial<Record<FacetName, object>>)[name];
}
