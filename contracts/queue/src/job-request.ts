import { newId, type Random } from "@bedplate/clock";
import type { Dedupe, DriverJob, QueueCapabilities, QueueLimits } from "./queue-driver.ts";
import { refuse, undeclared } from "./queue-faults.ts";

/** A job to enqueue. */
export interface NewJob {
  /** Names the job in its queue; a second job with the id is a duplicate. Default: a fresh one. */
  readonly id?: string | undefined;
  readonly body: Uint8Array;
  /** 0 to 9; higher is leased first. Default: 4. Needs `priorities`. */
  readonly priority?: number | undefined;
  /** Not leased before this instant, in milliseconds since 1970 by the queue's clock. */
  readonly notBefore?: number | undefined;
  /** Dead with the reason `expired` when it still waits at this instant. A lease that is held goes on. */
  readonly expiresAt?: number | undefined;
  /** Leases after which the job is dead. Default: 5. */
  readonly attemptsMax?: number | undefined;
  /** Jobs of a group are worked on one at a time, in the order in which they came. Needs `groups`. */
  readonly group?: string | undefined;
  /** A job whose key is in its window is a duplicate of the first. Needs `dedupe`. */
  readonly dedupe?: Dedupe | undefined;
}

interface JobContext {
  readonly limits: QueueLimits;
  readonly capabilities: QueueCapabilities;
  readonly nowMs: number;
  readonly random: Random;
}

const attemptsMaxDefault = 5;
const namePattern = /^[\x21-\x7e]{1,200}$/;
/** What ids, groups, keys and workers must be. */
export const nameRule = "must be 1 to 200 printable ASCII characters";

/** Checks a job, copies its body and fills in what it leaves out. */
export function encodeJob(job: NewJob, context: JobContext): DriverJob {
  const { limits, nowMs, random } = context;
  const { attemptsMax = attemptsMaxDefault } = job;
  const id = checkName(job.id ?? newId("job", nowMs, random), "/id");
  if (job.body.byteLength > limits.bodyBytesMax) {
    throw refuse("enqueue", "/body", `must not be longer than ${limits.bodyBytesMax} bytes`);
  }
  checkWhole(attemptsMax, { path: "/attemptsMax", min: 1, max: limits.attemptsMaxMax });
  const body = Uint8Array.from(job.body);
  return { id, body, attemptsMax, ...encodeTimes(job, context), ...encodeAbilities(job, context) };
}

/** True for a whole number within two bounds. */
export function isWhole(value: number, min: number, max: number): boolean {
  return Number.isSafeInteger(value) && value >= min && value <= max;
}

function encodeTimes(job: NewJob, { limits, nowMs }: JobContext) {
  const { notBefore = null, expiresAt = null } = job;
  if (notBefore !== null && !isWhole(notBefore, 0, nowMs + limits.delayMsMax)) {
    throw refuse("enqueue", "/notBefore", `must be no more than ${limits.delayMsMax} ms ahead`);
  }
  const earliest = Math.max(nowMs, notBefore ?? nowMs);
  if (expiresAt !== null && !(Number.isSafeInteger(expiresAt) && expiresAt > earliest)) {
    throw refuse("enqueue", "/expiresAt", "must be later than now and than notBefore");
  }
  return { notBefore, expiresAt };
}

function encodeAbilities(job: NewJob, { capabilities }: JobContext) {
  if (job.group !== undefined && capabilities.groups !== true) throw undeclared("groups");
  return {
    priority: encodePriority(job.priority, capabilities),
    group: job.group === undefined ? null : checkName(job.group, "/group"),
    dedupe: encodeDedupe(job.dedupe, capabilities),
  };
}

function encodePriority(priority: number | undefined, { priorities }: QueueCapabilities): number {
  if (priorities === undefined) {
    if (priority !== undefined) throw undeclared("priorities");
    return 0;
  }
  const { levels } = priorities;
  const middle = Math.floor((levels - 1) / 2);
  return checkWhole(priority ?? middle, { path: "/priority", min: 0, max: levels - 1 });
}

function encodeDedupe(wanted: Dedupe | undefined, { dedupe }: QueueCapabilities): Dedupe | null {
  if (wanted === undefined) return null;
  if (dedupe === undefined) throw undeclared("dedupe");
  const key = checkName(wanted.key, "/dedupe/key");
  const bounds = { path: "/dedupe/windowMs", min: 1, max: dedupe.windowMsMax };
  return { key, windowMs: checkWhole(wanted.windowMs, bounds) };
}

/** True for what may be an id, a group, a key or a worker. */
export function isName(text: string): boolean {
  return namePattern.test(text);
}

function checkName(name: string, path: string): string {
  if (isName(name)) return name;
  throw refuse("enqueue", path, nameRule);
}

function checkWhole(value: number, bounds: { path: string; min: number; max: number }): number {
  const { path, min, max } = bounds;
  if (isWhole(value, min, max)) return value;
  throw refuse("enqueue", path, `must be a whole number from ${min} to ${max}`);
}
