import type { Clock } from "@bedplate/clock";
import { raise } from "@bedplate/errors";
import { Bell } from "./bell.ts";
import { compacted } from "./history-faults.ts";
import type { DriverRead, Revision, StateDriver } from "./state-driver.ts";
import { undeclared } from "./undeclared.ts";

/** Which moment a read is of. Default: now. */
export interface ReadMoment {
  /** As it was after this revision; needs `capabilities.snapshotReads`. */
  readonly at?: Revision | undefined;
  /** Waits for this revision, and never answers with an older state. */
  readonly minRevision?: Revision | undefined;
  /** Longest wait for `minRevision`. Default: 5,000. */
  readonly waitMs?: number | undefined;
}

interface ReadContext {
  readonly driver: StateDriver;
  readonly namespace: string;
  readonly clock: Clock;
  readonly pollMs: number;
  /** What ends a wait early. */
  readonly signals: readonly AbortSignal[];
  /** For example `state.get`. */
  readonly op: string;
}

const waitMsDefault = 5_000;

/** Reads at the moment that is asked for, or says why that cannot be. */
export async function readAt<Entries>(
  read: () => Promise<DriverRead<Entries>>,
  moment: ReadMoment,
  context: ReadContext,
): Promise<DriverRead<Entries>> {
  const { at, minRevision = 0 } = moment;
  const { op, driver, namespace } = context;
  checkRevision(at, { op, path: "/at" });
  checkRevision(minRevision, { op, path: "/minRevision" });
  if (at !== undefined && driver.capabilities.snapshotReads !== true) {
    throw undeclared("snapshotReads", op);
  }
  const found = await readSince(read, { ...moment, minRevision }, context);
  if (at === undefined) return found;
  const { oldest, revision: head } = found;
  if (at < oldest) throw compacted({ op, namespace, revision: at, oldest, head });
  if (at > head) throw refuse(op, "/at", `must not be later than the head, ${head}`);
  return found;
}

async function readSince<Entries>(
  read: () => Promise<DriverRead<Entries>>,
  { minRevision, waitMs = waitMsDefault }: ReadMoment & { readonly minRevision: Revision },
  { driver, namespace, clock, pollMs, signals, op }: ReadContext,
): Promise<DriverRead<Entries>> {
  const bell = new Bell();
  using _listening = minRevision > 0 ? driver.onCommit(namespace, () => bell.ring()) : undefined;
  const startedMs = clock.monotonic();
  for (;;) {
    bell.reset();
    const found = await read();
    if (found.revision >= minRevision) return found;
    const leftMs = startedMs + waitMs - clock.monotonic();
    if (leftMs <= 0) throw late({ op, namespace, waitMs, minRevision, head: found.revision });
    await bell.wait(clock, Math.min(pollMs, leftMs), AbortSignal.any([...signals]));
  }
}

interface Late {
  readonly op: string;
  readonly namespace: string;
  readonly waitMs: number;
  readonly minRevision: Revision;
  readonly head: Revision;
}

function late({ op, namespace, waitMs, minRevision, head }: Late): Error {
  return raise("deadline.exceeded", {
    op,
    subject: namespace,
    detail: { afterMs: waitMs },
    message: `Cannot read revision ${minRevision} of ${namespace}: after ${waitMs} ms the head is ${head}`,
    effect: "none",
  });
}

function checkRevision(
  revision: Revision | undefined,
  { op, path }: { readonly op: string; readonly path: string },
): void {
  if (revision === undefined || (Number.isSafeInteger(revision) && revision >= 0)) return;
  throw refuse(op, path, "must be a whole number from 0");
}

function refuse(op: string, path: string, rule: string): Error {
  return raise("argument.invalid", {
    op,
    detail: { path, rule },
    message: `Cannot read state: ${path} ${rule}`,
  });
}
