import { fail, ok } from "node:assert/strict";
import type { Clock } from "@bedplate/clock";
import type { ConformanceCase } from "@bedplate/conformance";
import type { NewJob } from "../job-request.ts";
import type { LeasedJob } from "../queue-driver.ts";
import type { WorkQueue } from "../work-queue.ts";
import type { Enqueued } from "../work-requests.ts";

/** The queue's own time. `advance` jumps, or really waits when the engine's clock is its own. */
export interface QueueClock extends Pick<Clock, "now"> {
  advance(ms: number): Promise<void>;
}

/** What a harness can do to a queue from outside. The queue's clock is `clock`. */
export interface QueueKit {
  readonly clock: QueueClock;
  /** The clock stands still but for `advance`: instants can be hit exactly, long spans cost nothing. */
  readonly virtualClock?: true | undefined;
  /** Opens the same queues as another process would. */
  second(): Promise<WorkQueue>;
  /** Closes the queue and opens the same one again. */
  readonly reopen?: (() => Promise<WorkQueue>) | undefined;
  /**
   * Runs `workUntilKilled` in a process that is killed without warning, and opens what is left. The
   * process's clock stood still at `clock`'s time.
   */
  readonly crash?: ((reportsMin: number) => Promise<Crashed>) | undefined;
  /** Runs `workWhileStalled` in a thread of its own, and answers once it holds a lease and is stalled. */
  readonly stall?: (() => Promise<Stalled>) | undefined;
  /** Kills the engine without warning and starts it again on the same data. */
  readonly killEngine?: (() => Promise<void>) | undefined;
  /** Cuts the connections: before what is sent next arrives, or before the answer to it comes back. */
  readonly cut?: ((moment: "before-send" | "after-send") => void) | undefined;
  /** Holds back everything on the network by this time, until it is called with 0. */
  readonly slow?: ((ms: number) => void) | undefined;
  /** Leaves no room for anything new, until what it answers is disposed. */
  readonly fillDisk?: (() => Promise<AsyncDisposable>) | undefined;
  /** Puts jobs into the cases' queue, all ready, faster than enqueue does. Default: enqueue. */
  readonly fill?: ((count: number) => Promise<void>) | undefined;
  /** Steps of the driver, or of its engine, for one lease of one job; never time. */
  readonly leaseSteps?: (() => Promise<number>) | undefined;
}

/** What a killed worker said, and the queue that it left. */
export interface Crashed {
  readonly reports: readonly string[];
  readonly queue: WorkQueue;
}

/** A worker whose event loop stands still while it holds a lease. */
export interface Stalled {
  /** Lets it go on: it acknowledges its job, and this answers `done` or the fault's code. */
  resume(): Promise<string>;
}

export type QueueCase = ConformanceCase<WorkQueue, QueueKit>;

/** The queue that cases use. */
export const lane = "lane";

/** How long cases hold a job that they do not mean to lose. */
export const durationMs = 10_000;

/** How long cases hold a job that they mean to lose: short, because a live engine's time is real. */
export const briefMs = 400;

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
export function lease(
  queue: WorkQueue,
  max?: number,
  options: { readonly forMs?: number } = {},
): Promise<readonly LeasedJob[]> {
  const { forMs = durationMs } = options;
  return queue.lease({ queues: [lane], max, durationMs: forMs, worker: "w" });
}

/** Leases one job that must be there. */
export async function leaseOne(queue: WorkQueue, forMs?: number): Promise<LeasedJob> {
  const [job] = await lease(queue, 1, forMs === undefined ? {} : { forMs });
  return job ?? fail("no job was ready");
}

/** The ids of jobs. */
export function idsOf(jobs: readonly { readonly id: string }[]): readonly string[] {
  return jobs.map(({ id }) => id);
}

/** Gives one job back. */
export async function giveBack(
  queue: WorkQueue,
  job: LeasedJob,
  more: { readonly delayMs?: number; readonly bury?: boolean; readonly reason?: string } = {},
): Promise<void> {
  settled(await queue.release([{ lease: job, reason: "no", ...more }]));
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

/** Requires that the one job was refused with a code, and that nothing happened. */
export function refusedOne(answers: readonly Enqueued[], code: string): void {
  const [answer] = answers;
  ok(answers.length === 1 && answer !== undefined && !answer.ok, "the job was accepted");
  ok(answer.fault.code === code, answer.fault.code);
  ok(answer.fault.effect === "none", answer.fault.effect);
}

/** Leases and acknowledges until nothing is ready; answers what it got, in order. */
export async function drain(queue: WorkQueue): Promise<readonly LeasedJob[]> {
  const all: LeasedJob[] = [];
  for (;;) {
    const jobs = await lease(queue, 50);
    if (jobs.length === 0) return all;
    all.push(...jobs);
    settled(await queue.acknowledge(jobs));
  }
}

/** A control that the case has named. */
export function control<T>(given: T | undefined): T {
  return given ?? fail("the case did not name this control");
}

interface LostAnswer {
  readonly ok: false;
  readonly fault: { readonly code: string; readonly effect: string };
}
