import { setTimeout as sleep } from "node:timers/promises";
import { failureOf, mayPass, type S3Failure } from "./s3-failure.ts";
import { faultOfS3, unclearFault } from "./s3-fault.ts";

/** How often, how long, and with what pauses in between a request is tried. */
export interface AttemptRules {
  readonly attemptsMax: number;
  /** Of one try. */
  readonly timeoutMs: number;
  /** Waits between two tries. Default: the machine's timer. */
  readonly pause?: ((ms: number) => Promise<unknown>) | undefined;
}

/** One try; it ends with the signal. */
export type Send<T> = (signal: AbortSignal) => Promise<T>;

const pauseMsFirst = 50;
const throttledMsFirst = 200;
const pauseMsMax = 5_000;

/** The service has understood, and does nothing: a condition, a missing object, a range outside. */
export class RequestRefused extends Error {
  readonly kind: "refused" | "missing" | "range";

  constructor(kind: RequestRefused["kind"], cause: unknown) {
    super(kind, { cause });
    this.kind = kind;
  }
}

/** Tries requests again when that may help and does no harm. */
export class S3Attempts {
  readonly #rules: AttemptRules;

  constructor(rules: AttemptRules) {
    this.#rules = rules;
  }

  /** For what changes nothing, or the same however often it is done. Answers null when it is missing. */
  async repeat<T>(op: string, send: Send<T>): Promise<T | null> {
    for (let tries = 1; ; tries++) {
      try {
        return await this.#try(send);
      } catch (error) {
        const failure = failureOf(error);
        if (failure.kind === "missing") return null;
        if (!(await this.#mayGoOn(failure, tries))) throw endOf(failure, error, op);
      }
    }
  }

  /**
   * For a write that must be done once. When an answer is lost, `findOwn` says whether the write is
   * there; nobody may be told that it was refused because it is in its own way.
   */
  async write<T>(op: string, send: Send<T>, findOwn: () => Promise<T | null>): Promise<T> {
    let isUnclear = false;
    for (let tries = 1; ; tries++) {
      try {
        return await this.#try(send);
      } catch (error) {
        const failure = failureOf(error);
        isUnclear ||= failure.isUnclear;
        const own = isUnclear ? await findOwn().catch(() => null) : null;
        if (own !== null) return own;
        if (await this.#mayGoOn(failure, tries)) continue;
        throw isUnclear ? unclearFault(error, op) : endOf(failure, error, op);
      }
    }
  }

  /** The time ends with the answer's head; a body that follows has its own. */
  async #try<T>(send: Send<T>): Promise<T> {
    const stop = new AbortController();
    const timer = setTimeout(() => stop.abort(), this.#rules.timeoutMs);
    try {
      return await send(stop.signal);
    } finally {
      clearTimeout(timer);
    }
  }

  async #mayGoOn(failure: S3Failure, tries: number): Promise<boolean> {
    const { attemptsMax, pause = sleep } = this.#rules;
    if (!mayPass(failure) || tries >= attemptsMax) return false;
    const first = failure.kind === "throttled" ? throttledMsFirst : pauseMsFirst;
    const most = Math.min(pauseMsMax, first * 2 ** (tries - 1));
    // By chance, so that those who were refused together do not come back together.
    await pause(most / 2 + (Math.random() * most) / 2);
    return true;
  }
}

function endOf({ kind }: S3Failure, error: unknown, op: string): Error {
  const isRefused = kind === "refused" || kind === "missing" || kind === "range";
  return isRefused ? new RequestRefused(kind, error) : faultOfS3(error, op);
}
