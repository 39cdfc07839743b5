import { raise } from "@bedplate/errors";
import type { Generation, GenerationCondition } from "./ingress-driver.ts";

/** An argument that is out of bounds. */
export function refuse(verb: string, path: string, rule: string): Error {
  return raise("argument.invalid", {
    op: `ingress.${verb}`,
    detail: { path, rule },
    message: `Cannot ${verb} the route: ${path} ${rule}`,
  });
}

interface Mismatch {
  readonly name: string;
  readonly condition: GenerationCondition;
  readonly actual: Generation | null;
}

/** The route is not at the generation that the caller saw. */
export function generationFault(verb: string, { name, condition, actual }: Mismatch): Error {
  const [expected, found] = [String(condition), String(actual ?? "absent")];
  return raise("version.mismatch", {
    op: `ingress.${verb}`,
    subject: `route/${name}`,
    detail: { expected, actual: found },
    message: `Cannot ${verb} the route "${name}": it is at ${found}, not at ${expected}`,
  });
}

/** There are as many routes as there may be. */
export function fullFault(limit: number): Error {
  return raise("quota.exceeded", {
    op: "ingress.apply",
    detail: { meter: "routes", limit, asked: limit + 1 },
    message: `Cannot apply the route: there are ${limit} already`,
  });
}

/** There is no such route, or no such backend of a route. */
export function missingFault(verb: string, id: string): Error {
  return raise("resource.missing", {
    op: `ingress.${verb}`,
    subject: `route/${id}`,
    detail: { type: "route", id },
    message: `Cannot find route/${id}: there is none`,
  });
}

/** An older route has the same match. */
export function conflictFault(name: string, route: string): Error {
  return raise("route.conflict", {
    op: "ingress.served",
    subject: `route/${name}`,
    detail: { route },
    message: `Cannot serve the route "${name}": the older route "${route}" has the same match`,
  });
}

/** The data plane does not serve the generation yet. */
export function lateFault(
  name: string,
  wish: { readonly generation: Generation; readonly timeoutMs: number },
): Error {
  return raise("deadline.exceeded", {
    op: "ingress.served",
    subject: `route/${name}`,
    detail: { afterMs: wish.timeoutMs },
    effect: "none",
    message: `Cannot see the route "${name}" served: a replica is not at ${wish.generation} yet`,
  });
}

/** The provider was closed. */
export function closedFault(op: string): Error {
  return raise("resource.closed", {
    op,
    detail: { type: "ingress" },
    message: "Cannot use the ingress: it is closed",
  });
}
