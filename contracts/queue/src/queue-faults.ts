import { raise } from "@bedplate/errors";

/** The fault of a bad argument. */
export function refuse(verb: string, path: string, rule: string): Error {
  return raise("argument.invalid", {
    op: `queue.${verb}`,
    detail: { path, rule },
    message: `Cannot ${verb}: ${path} ${rule}`,
  });
}

/** The fault of an ability that the driver does not declare. */
export function undeclared(facet: string, verb = "enqueue"): Error {
  return raise("capability.undeclared", {
    op: `queue.${verb}`,
    detail: { facet },
    message: `Cannot ${verb}: the queue has no ${facet}`,
  });
}

/** The fault of a settle that came too late. */
export function lostLease(verb: string, id: string): Error {
  return raise("lease.lost", {
    op: `queue.${verb}`,
    subject: id,
    detail: { job: id },
    message: `Cannot ${verb} the job "${id}": its lease has ended`,
  });
}

/** The fault of a queue that was closed. */
export function closedFault(op: string): Error {
  return raise("resource.closed", {
    op,
    detail: { type: "work-queue" },
    message: "Cannot use the work queue: it is closed",
  });
}

/** The fault of a driver that broke its contract. */
export function brokenDriver(verb: string, what: string): Error {
  return raise("internal.bug", {
    op: `queue.${verb}`,
    detail: { where: "driver" },
    message: `Cannot ${verb}: the driver broke its contract, ${what}`,
  });
}
