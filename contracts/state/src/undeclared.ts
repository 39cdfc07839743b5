import { raise } from "@bedplate/errors";

/** The fault of an option that this driver does not declare: nothing was done. */
export function undeclared(facet: "ttl" | "snapshotReads", op: string): Error {
  return raise("capability.undeclared", {
    op,
    detail: { facet },
    message: `Cannot do it: this state store does not declare ${facet}`,
  });
}
