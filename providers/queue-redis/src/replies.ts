import type { Attempt, JobInfo, JobState, LeasedJob } from "@bedplate/queue";

/** Members of a job's hash as the engine answers them; null for those that are not there. */
export type Fields = readonly (Buffer | null)[];

/** Reads what a lease answers; see `leaseFields`. */
export function leaseOf(queue: string, fields: Fields): LeasedJob {
  const [id, body, token, priority, attempts, attemptsMax, until, enqueuedAt, group, lastReason] =
    fields;
  return {
    queue,
    id: textOf(id) ?? "",
    body: Uint8Array.from(body ?? []),
    token: textOf(token) ?? "",
    priority: Number(priority),
    attempt: Number(attempts),
    attemptsMax: Number(attemptsMax),
    until: Number(until),
    enqueuedAt: Number(enqueuedAt),
    group: textOf(group),
    lastReason: textOf(lastReason),
  };
}

/** Reads what is known about a job; see `infoFields`. */
export function infoOf(queue: string, fields: Fields): JobInfo {
  const [id, state, priority, attempts, attemptsMax, , enqueuedAt, expiresAt, group] = fields;
  const [worker, until, lastReason, settledAt] = fields.slice(9);
  const where = textOf(state);
  return {
    queue,
    id: textOf(id) ?? "",
    state: where === "blocked" ? "delayed" : (where as JobState),
    priority: Number(priority),
    attempts: Number(attempts),
    attemptsMax: Number(attemptsMax),
    history: historyOf(fields),
    enqueuedAt: Number(enqueuedAt),
    expiresAt: numberOf(expiresAt),
    group: textOf(group),
    worker: textOf(worker),
    until: where === "leased" ? numberOf(until) : null,
    lastReason: textOf(lastReason),
    settledAt: numberOf(settledAt),
  };
}

/** The attempts that did not end well, and the last one if it is open or did. */
function historyOf(fields: Fields): readonly Attempt[] {
  const failures: readonly (Omit<Attempt, "reason"> & { readonly reason?: string })[] = JSON.parse(
    `[${textOf(fields[5]) ?? ""}]`,
  );
  const history = failures.map((each) => ({ ...each, reason: each.reason ?? null }));
  if (Number(fields[3]) === history.length) return history;
  const isOpen = textOf(fields[1]) === "leased";
  const last = {
    worker: textOf(fields[9]) ?? "",
    from: Number(fields[13]),
    to: isOpen ? null : numberOf(fields[12]),
    end: isOpen ? ("open" as const) : ("acknowledged" as const),
    reason: null,
  };
  return [...history, last];
}

function textOf(field: Buffer | null | undefined): string | null {
  return field?.toString() ?? null;
}

function numberOf(field: Buffer | null | undefined): number | null {
  return field === null || field === undefined ? null : Number(field);
}
