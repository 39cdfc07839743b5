import type { IngressDriver } from "./ingress-driver.ts";

/** The same driver for one more user, whose close does not close it for the others. */
export function lentDriver(driver: IngressDriver): IngressDriver {
  return {
    limits: driver.limits,
    capabilities: driver.capabilities,
    apply: (spec, condition) => driver.apply(spec, condition),
    remove: (name, condition) => driver.remove(name, condition),
    get: (name) => driver.get(name),
    list: (range) => driver.list(range),
    replicas: () => driver.replicas(),
    health: (name) => driver.health(name),
    drain: (drain) => driver.drain(drain),
    samples: (name) => driver.samples(name),
    [Symbol.asyncDispose]: async () => {},
  };
}
