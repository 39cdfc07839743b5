import { type FaultError, raise } from "@bedplate/errors";
import type { CacheCondition, Version } from "./cache-driver.ts";

/** Where an argument stands, and what it should be. */
export interface Refusal {
  readonly verb: string;
  readonly path: string;
  readonly rule: string;
  readonly limit?: number | undefined;
}

/** The fault of an argument that breaks a rule. */
export function refuse({ verb, path, rule, limit }: Refusal): FaultError<"argument.invalid"> {
  const what = limit === undefined ? rule : `${rule} (the limit is ${limit})`;
  return raise("argument.invalid", {
    op: `cache.${verb}`,
    detail: { path, rule, limit },
    message: `Cannot ${verb} in the cache: ${path} ${what}`,
  });
}

/** The fault of an option or a method that the driver does not declare. */
export function undeclared(verb: string, facet: string): Error {
  return raise("capability.undeclared", {
    op: `cache.${verb}`,
    detail: { facet: `cache.${facet}` },
    message: `Cannot ${verb} in the cache: its driver does not declare ${facet}`,
  });
}

/** The fault of a closed store. */
export function closedFault(verb: string): Error {
  return raise("resource.closed", {
    op: `cache.${verb}`,
    detail: { type: "cache-store" },
    message: "Cannot use the cache: it is closed",
  });
}

/** The fault of a write whose condition did not hold. */
export function conditionFault(
  condition: CacheCondition | undefined,
  found: { readonly subject: string; readonly actual: Version | null },
): FaultError<"version.mismatch"> {
  const expected =
    typeof condition === "object" && "version" in condition ? condition.version : "absent";
  const actual = found.actual ?? "absent";
  return raise("version.mismatch", {
    op: "cache.set",
    subject: found.subject,
    detail: { expected, actual },
    message: `Cannot set "${found.subject}" in the cache: it is at ${actual}, not at ${expected}`,
  });
}
