import { fail, ok } from "node:assert/strict";
import type { VirtualClock } from "@bedplate/clock";
import type { ConformanceCase } from "@bedplate/conformance";
import type { NewJob } from "../job-request.ts";
import type { LeasedJob } from "../queue-driver.ts";
import type { Enqueued, WorkQueue } from "../work-queue.ts";

/** What a harness can do to a queue from outside. The queue's clock is `clock`. */
export interface QueueKit {
  readonly clock: VirtualClock;
  /** Opens the same queues as another process would. */
  second(): Promise<WorkQueue>;
  /** Closes the queue and opens the same one again. */
  readonly reopen?: (() => Promise<WorkQueue>) | undefined;
  /**
   * Runs `workUntilKilled` in a process that is killed without warning, and opens what is left. The
   * process's clock stood still at `clock`'s time.
   */
  readonly crash?: ((reportsMin: number) => Promise<Crashed>) | undefined;
}

/** What a killed worker said, and the queue that it left. */
export interface Crashed {
  readonly reports: readonly string[];
  readonly queue: WorkQueue;
}

export type QueueCase = ConformanceCase<WorkQueue, QueueKit>;

/** The queue that cases use. */
export const lane = "lane";

/** How long cases hold a job. */
export const durationMs = 10_000;

/** UTF-8 bytes. */
export function bytes(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

/** Enqueues jobs that are named by their ids. */
export function add(
  queue: WorkQueue,
  ids: readonly string[],
  more: Omit<NewJob, "id" | "body"> = {},
): Promise<readonly Enqueued[]> {
  return queue.enqueue(
    lane,
    ids.map((id) => ({ id, body: bytes(id), ...more })),
  );
}

/** Leases from the queue that cases use. */
export function lease(queue: WorkQueue, max?: number): Promise<readonly LeasedJob[]> {
  return queue.lease({ queues: [lane], max: max ?? 1, durationMs, worker: "w" });
}

/** Leases one job that must be there. */
export async function leaseOne(queue: WorkQueue): Promise<LeasedJob> {
  const [job] = await lease(queue);
  return job ?? fail("no job was ready");
}

/** The ids of jobs. */
export function idsOf(jobs: readonly { readonly id: string }[]): readonly string[] {
  return jobs.map(({ id }) => id);
}

/** Requires that every settle succeeded. */
export function settled(answers: readonly { readonly ok: boolean }[]): void {
  for (const answer of answers) ok(answer.ok, JSON.stringify(answer));
}

/** Requires that the one settle was refused because the lease is lost. */
export function lostOne(answers: readonly ({ readonly ok: true } | LostAnswer)[]): void {
  const [answer] = answers;
  ok(answers.length === 1 && answer !== undefined && !answer.ok, "the settle was accepted");
  ok(answer.fault.code === "lease.lost", answer.fault.code);
  ok(answer.fault.effect === "none", answer.fault.effect);
}

interface LostAnswer {
  readonly ok: false;
  readonly fault: { readonly code: string; readonly effect: string };
}
