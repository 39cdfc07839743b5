import type { Clock, Random } from "@bedplate/clock";
import type { Fault } from "@bedplate/errors";
import type { JobInfo, LeaseRef } from "./queue-driver.ts";

/** Every method takes it; abort means that the caller stops waiting, not that nothing happens. */
export interface Waiting {
  readonly signal?: AbortSignal | undefined;
}

/** What became of one job of an `enqueue`; a refused one does not hinder its neighbours. */
export type Enqueued =
  | { readonly ok: true; readonly id: string; readonly duplicate: boolean }
  | { readonly ok: false; readonly fault: Fault };

/** What became of one lease of a settling call. */
export type Settled =
  | { readonly ok: true; readonly id: string }
  | { readonly ok: false; readonly id: string; readonly fault: Fault };

/** What became of one lease of an `extend`. */
export type Extended =
  | { readonly ok: true; readonly id: string; readonly until: number }
  | { readonly ok: false; readonly id: string; readonly fault: Fault };

/** Which jobs to lease, and for how long. */
export interface LeaseRequest {
  readonly queues: readonly string[];
  /** Default: 1. */
  readonly max?: number | undefined;
  readonly durationMs: number;
  /** Names the holder for people; the token is what counts. */
  readonly worker: string;
}

/** A job to give back. */
export interface ReleaseRequest {
  readonly lease: LeaseRef;
  /** Why, for `inspect` and the next attempt; cut at 1,024 characters. */
  readonly reason: string;
  /** Default: 0, ready at once. */
  readonly delayMs?: number | undefined;
  /** Makes it dead whatever attempts are left. Default: false. */
  readonly bury?: boolean | undefined;
}

/** Part of the dead jobs; `next` is there when more may follow. */
export interface DeadPage {
  readonly jobs: readonly JobInfo[];
  readonly next?: string | undefined;
}

/** How a queue is made. */
export interface WorkQueueOptions {
  /** The clock of ids and of the bound on delays; leases run on the driver's. */
  readonly clock?: Clock | undefined;
  readonly random?: Random | undefined;
  /** Seals list cursors; replicas must share it. Default: chance, so cursors end with the process. */
  readonly cursorSecret?: Uint8Array | undefined;
}
