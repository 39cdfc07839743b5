import { raise } from "@bedplate/errors";
import type { Revision } from "./state-driver.ts";

interface Compacted {
  readonly op: string;
  readonly namespace: string;
  readonly revision: Revision;
  readonly oldest: Revision;
  readonly head: Revision;
}

/** The fault of a revision that was forgotten: read the state anew, and go on from its head. */
export function compacted({ op, namespace, revision, oldest, head }: Compacted): Error {
  return raise("watch.compacted", {
    op,
    subject: namespace,
    detail: { oldest },
    message: `Cannot use revision ${revision} of ${namespace}: the history is from ${oldest} to ${head}`,
  });
}
