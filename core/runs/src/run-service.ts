import type { GuestEvent } from "@bedplate/environment";
import { Attempts } from "./attempts.ts";
import { decodeEvents } from "./events-codec.ts";
import { InlineRuns } from "./inline-runs.ts";
import { Intake } from "./intake.ts";
import { LogHub } from "./log-hub.ts";
import { QueuedRuns } from "./queued-runs.ts";
import { Recovery } from "./recovery.ts";
import { type Replay, replayRun } from "./replay.ts";
import { hasEnded, type Run } from "./run.ts";
import type { RunParts } from "./run-parts.ts";
import type { RunRequest } from "./run-request.ts";
import { isLostRace, type OnceKey, type RunFilter, type RunPage, RunStore } from "./run-store.ts";
import { RunWaiters } from "./run-waiters.ts";
import type { RunsModules } from "./runs-modules.ts";
import { readBytes } from "./stored-bytes.ts";
import { Turnstile } from "./turnstile.ts";

export interface SubmitOptions {
  /** Abort while waiting for a turn means that the run is not wanted; later it only ends the wait. */
  readonly signal?: AbortSignal | undefined;
}

/** How often a wait looks at the record, for runs that another replica executes. */
const waitPollMs = 500;

/** How often a follower of a run that has not begun looks: first, and when it has waited long. */
const beginPollMsMin = 10;
const beginPollMsMax = 160;

/** Which log, and how. */
export interface LogOptions {
  readonly id: string;
  /** Until the guest has ended. */
  readonly isFollowed: boolean;
  readonly signal: AbortSignal;
  /** The live log on another replica; undefined when that replica is gone. */
  readonly elsewhere?:
    | ((replica: string) => Promise<AsyncIterable<GuestEvent> | undefined>)
    | undefined;
}

/** Finite executions: submit, wait, cancel, list, logs, replay. */
export class RunService implements AsyncDisposable {
  readonly #modules: RunsModules;
  readonly #store: RunStore;
  readonly #hub = new LogHub();
  readonly #waiters = new RunWaiters();
  readonly #intake: Intake;
  readonly #inline: InlineRuns;
  readonly #queued: QueuedRuns;
  readonly #recovery: Recovery;
  readonly #submitting = new Map<string, Promise<Run>>();

  constructor(modules: RunsModules) {
    this.#modules = modules;
    this.#store = new RunStore(modules.state, modules.artifacts.claims);
    this.#intake = new Intake(modules);
    const now = () => modules.clock.monotonic();
    const parts: RunParts = {
      store: this.#store,
      attempts: new Attempts(modules, this.#hub),
      turnstile: new Turnstile({ ...modules.limits, now }),
      waiters: this.#waiters,
    };
    this.#inline = new InlineRuns(modules, parts);
    this.#queued = new QueuedRuns(modules, parts);
    this.#recovery = new Recovery(this.#store, { ...modules, queued: this.#queued });
  }

  /** Takes up what an earlier life of the system left open; a replica that mounts few slots leaves that. */
  async recover(): Promise<void> {
    const count = await this.#recovery.recoverAll();
    if (count > 0) this.#modules.log.info("open runs taken up", { count });
  }

  /** Begins to lease work, and to look for runs of lost replicas. */
  start(): void {
    this.#queued.start();
    this.#recovery.start();
  }

  /** Executes a run and answers when it has ended. */
  execute(request: RunRequest, options: SubmitOptions = {}): Promise<Run> {
    return this.#once(request, async () => {
      using prepared = await this.#intake.prepare(request);
      return await this.#inline.run(prepared, options.signal);
    });
  }

  /** Accepts a run: from here on it will end, whatever crashes. */
  submit(request: RunRequest): Promise<Run> {
    return this.#once(request, async () => {
      using prepared = await this.#intake.prepare(request);
      await this.#queued.demandRoom();
      return await this.#queued.accept(prepared);
    });
  }

  async get(project: string, id: string): Promise<Run> {
    return (await this.#store.get(project, id)).document;
  }

  list(filter: RunFilter): Promise<RunPage> {
    return this.#store.list(filter);
  }

  /** The run when it has ended, or as it is when the signal aborts. */
  async wait(
    project: string,
    options: { readonly id: string; readonly signal: AbortSignal },
  ): Promise<Run> {
    const { id, signal } = options;
    for (;;) {
      const round = AbortSignal.any([signal, AbortSignal.timeout(waitPollMs)]);
      const announced = this.#waiters.wait(id, round);
      const run = await this.get(project, id);
      if (hasEnded(run)) return run;
      const ended = await announced;
      if (ended !== undefined) return ended;
      if (signal.aborted) return this.get(project, id);
    }
  }

  /** Takes a run back: at once where it waits, at its next safepoint where it executes. */
  async cancel(project: string, id: string): Promise<Run> {
    const stored = await this.#store.get(project, id);
    if (hasEnded(stored.document)) return stored.document;
    if (this.#inline.cancel(id) || this.#queued.cancel(id)) return stored.document;
    try {
      if (!(await this.#queued.cancelWaiting(stored))) await this.#store.askCancel(id);
    } catch (error) {
      if (!isLostRace(error)) throw error;
    }
    return this.get(project, id);
  }

  /** What the guest said: live while it executes, here or elsewhere, from the record once it has ended. */
  async *logs(project: string, options: LogOptions): AsyncGenerator<GuestEvent, void, void> {
    const { id, isFollowed, signal } = options;
    let run = await this.get(project, id);
    let pollMs = beginPollMsMin;
    while (isFollowed && !hasEnded(run) && !signal.aborted) {
      if (this.#hub.has(id)) return yield* this.#hub.follow(id, signal);
      const there = await this.#elsewhere(run, options);
      if (there !== undefined) return yield* there;
      const round = AbortSignal.any([signal, AbortSignal.timeout(pollMs)]);
      pollMs = Math.min(2 * pollMs, beginPollMsMax);
      run = (await this.#waiters.wait(id, round)) ?? (await this.get(project, id));
    }
    if (run.events === undefined) return;
    yield* decodeEvents(await readBytes(this.#modules.blobs, run.events));
  }

  /** The replica that executes a run now; undefined while it waits, and once it has ended. */
  async holder(project: string, id: string): Promise<string | undefined> {
    if (this.#hub.has(id)) return this.#modules.replica;
    if (hasEnded(await this.get(project, id))) return undefined;
    return (await this.#store.holder(id)) ?? (await this.#queued.holder(id));
  }

  /** The result bytes of a run that has ended with some. */
  async output(run: Run): Promise<Uint8Array> {
    const { outcome } = run;
    if (outcome === undefined || !("output" in outcome)) return new Uint8Array();
    return readBytes(this.#modules.blobs, outcome.output);
  }

  /** Executes a recorded run again and compares the receipts; stores nothing. */
  async replay(
    project: string,
    options: { readonly id: string; readonly signal: AbortSignal },
  ): Promise<Replay> {
    const run = await this.get(project, options.id);
    return replayRun(run, { modules: this.#modules, signal: options.signal });
  }

  /** Leases no more, and waits for what executes here. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#recovery[Symbol.asyncDispose]();
    await this.#queued[Symbol.asyncDispose]();
    await Promise.allSettled(this.#submitting.values());
  }

  /** The live log of a run that another replica took meanwhile: it may have waited when it was asked for. */
  async #elsewhere(
    { project, id }: Run,
    { elsewhere }: LogOptions,
  ): Promise<AsyncIterable<GuestEvent> | undefined> {
    if (elsewhere === undefined) return undefined;
    const holder = await this.holder(project, id);
    const isThere = holder !== undefined && holder !== this.#modules.replica;
    return isThere ? elsewhere(holder) : undefined;
  }

  /** Requests with one idempotency key become one run, also where they arrive at the same time. */
  async #once(request: RunRequest, work: () => Promise<Run>): Promise<Run> {
    const once = this.#intake.onceOf(request);
    if (once === undefined) return work();
    const earlier = await this.#store.findOnce(request.project, once);
    if (earlier !== null) return this.#queuedFor(earlier);
    const place = `${request.project}\n${once.key}\n${once.request}`;
    const running = this.#submitting.get(place);
    if (running !== undefined) return running;
    const submitted = work().catch((error: unknown) =>
      this.#firstOrThrow(error, { request, once }),
    );
    this.#submitting.set(place, submitted);
    try {
      return await submitted;
    } finally {
      this.#submitting.delete(place);
    }
  }

  /** The first request may have broken off between record and queue: its run is accepted only now. */
  async #queuedFor(run: Run): Promise<Run> {
    if (run.phase === "queued") await this.#queued.enqueue(run);
    return run;
  }

  /** A commit that lost against the first request with the key answers with that one's run. */
  async #firstOrThrow(
    error: unknown,
    { request, once }: { readonly request: RunRequest; readonly once: OnceKey },
  ): Promise<Run> {
    const first = isLostRace(error) ? await this.#store.findOnce(request.project, once) : null;
    if (first === null) throw error;
    return this.#queuedFor(first);
  }
}
