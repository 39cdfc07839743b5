import { newId, type Random } from "@bedplate/clock";
import { raise } from "@bedplate/errors";
import type { DriverJob, QueueLimits } from "./queue-driver.ts";

/** A job to enqueue. */
export interface NewJob {
  /** Names the job in its queue; a second job with the id is a duplicate. Default: a fresh one. */
  readonly id?: string | undefined;
  readonly body: Uint8Array;
  /** 0 to 9; higher is leased first. Default: 4. */
  readonly priority?: number | undefined;
  /** Not leased before this instant, in milliseconds since 1970 by the queue's clock. */
  readonly notBefore?: number | undefined;
  /** Leases after which the job is dead. Default: 5. */
  readonly attemptsMax?: number | undefined;
}

interface JobContext {
  readonly limits: QueueLimits;
  readonly nowMs: number;
  readonly random: Random;
}

const priorityDefault = 4;
const attemptsMaxDefault = 5;
const attemptsMaxMax = 1_000;
const idPattern = /^[\x21-\x7e]{1,200}$/;

/** Checks a job, copies its body and fills in what it leaves out. */
export function encodeJob(job: NewJob, { limits, nowMs, random }: JobContext): DriverJob {
  const { priority = priorityDefault, attemptsMax = attemptsMaxDefault } = job;
  const id = job.id ?? newId("job", nowMs, random);
  if (!idPattern.test(id)) throw refuse("/id", "must be 1 to 200 printable ASCII characters");
  if (job.body.byteLength > limits.bodyBytesMax) {
    throw refuse("/body", `must not be longer than ${limits.bodyBytesMax} bytes`);
  }
  if (!isWhole(priority, 0, 9)) throw refuse("/priority", "must be a whole number from 0 to 9");
  if (!isWhole(attemptsMax, 1, attemptsMaxMax)) {
    throw refuse("/attemptsMax", `must be a whole number from 1 to ${attemptsMaxMax}`);
  }
  const notBefore = job.notBefore ?? null;
  if (notBefore !== null && !isWhole(notBefore, 0, nowMs + limits.delayMsMax)) {
    throw refuse("/notBefore", `must be no more than ${limits.delayMsMax} ms ahead`);
  }
  return { id, body: Uint8Array.from(job.body), priority, notBefore, attemptsMax };
}

/** True for a whole number within two bounds. */
export function isWhole(value: number, min: number, max: number): boolean {
  return Number.isSafeInteger(value) && value >= min && value <= max;
}

function refuse(path: string, rule: string): Error {
  return raise("argument.invalid", {
    op: "queue.enqueue",
    detail: { path, rule },
    message: `Cannot enqueue the job: ${path} ${rule}`,
  });
}
