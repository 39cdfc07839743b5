import type { Budget } from "../budget.ts";
import type { Declares } from "../facets/facet-spec.ts";
import type { InstanceHandle } from "../instance-driver.ts";
import type { Manifest } from "../manifest.ts";
import type { Guard } from "./guard.ts";

/** What a host adds to a driver to make it an environment for callers. */
export interface EnvironmentOptions<D extends Declares> {
  readonly manifest: Manifest<D>;
  readonly now: () => number;
  /** The mark that every handle has to carry. Default: not checked. */
  readonly owner?: string | undefined;
  /** Policy's bound on each call. Default: none beyond what the manifest declares. */
  readonly ceiling?: Budget | undefined;
  /** Decides before every operation. Default: everything is allowed. */
  readonly guard?: Guard | undefined;
  /**
   * Ends one instance by force, with whatever it shares a worker or a process with; without a
   * handle, everything on this mount. Default: nothing can be ended by force.
   */
  readonly kill?: ((handle?: InstanceHandle) => void) | undefined;
  /** Most instances at once. */
  readonly instancesMax?: number | undefined;
}

/** Most instances of one environment on one host, unless the host says otherwise. */
export const instancesMaxDefault = 4096;
