import type { GuestEvent } from "@bedplate/environment";
import { raise } from "@bedplate/errors";
import type { RewrittenModule } from "@bedplate/wasm-module";
import type { RunPlan, RunResult } from "../guest/run-plan.ts";
import { GuestThread, type ThreadBase } from "./guest-thread.ts";

/** How long past its wall budget a thread may take to end a run by itself, before it is killed. */
const killAfterMs = 60;

/** Threads of guests: each does one thing at a time, more work waits its turn. */
export class GuestThreads {
  readonly #threadsMax: number;
  readonly #waitingMax: number;
  readonly #rewritten: RewrittenModule | undefined;
  readonly #idle: GuestThread[] = [];
  readonly #all = new Set<GuestThread>();
  readonly #waiting: ((thread: GuestThread) => void)[] = [];
  #base: Promise<ThreadBase> | undefined;

  constructor(options: {
    readonly threadsMax: number;
    readonly waitingMax: number;
    readonly rewritten?: RewrittenModule | undefined;
  }) {
    this.#threadsMax = options.threadsMax;
    this.#waitingMax = options.waitingMax;
    this.#rewritten = options.rewritten;
  }

  /** What runs start from; the first call starts the first thread. */
  base(): Promise<ThreadBase> {
    this.#base ??= this.#startFirst();
    return this.#base;
  }

  /** Runs a plan. Abort asks the run to end; past its time its thread is killed. */
  async run(
    plan: RunPlan,
    options: { readonly signal: AbortSignal; readonly onEvent: (event: GuestEvent) => void },
  ): Promise<RunResult> {
    const { signal, onEvent } = options;
    const thread = await this.#take();
    const startedAt = performance.now();
    const wallMs = Math.min(plan.budget.wallMs ?? plan.patienceMs, plan.patienceMs);
    const state = { isOverdue: false };
    const onAbort = () => thread.cancel();
    const timer = setTimeout(() => {
      state.isOverdue = true;
      void thread.kill();
    }, wallMs + killAfterMs);
    signal.addEventListener("abort", onAbort, { once: true });
    if (signal.aborted) onAbort();
    try {
      const answer = await thread.ask({ kind: "run", plan }, onEvent);
      if (answer.kind === "ran") return answer.result;
      throw misunderstood();
    } catch (error) {
      if (state.isOverdue) return overdue(performance.now() - startedAt);
      throw error;
    } finally {
      clearTimeout(timer);
      signal.removeEventListener("abort", onAbort);
      this.#giveBack(thread);
    }
  }

  /** Whether a source is a module. */
  async isModule(source: string): Promise<boolean> {
    const thread = await this.#take();
    try {
      const answer = await thread.ask({ kind: "inspect", source });
      if (answer.kind === "inspected") return answer.isModule;
      throw misunderstood();
    } finally {
      this.#giveBack(thread);
    }
  }

  /** Ends every thread. */
  async close(): Promise<void> {
    await Promise.all([...this.#all].map((each) => each.kill()));
    this.#all.clear();
    this.#idle.length = 0;
  }

  async #startFirst(): Promise<ThreadBase> {
    const thread = this.#start(this.#rewritten);
    const base = await thread.ready;
    this.#giveBack(thread);
    return base;
  }

  async #take(): Promise<GuestThread> {
    const { rewritten } = await this.base();
    const idle = this.#idle.pop();
    if (idle !== undefined) return idle;
    if (this.#all.size < this.#threadsMax) {
      const thread = this.#start(rewritten);
      await thread.ready;
      return thread;
    }
    if (this.#waiting.length >= this.#waitingMax) throw full(this.#waitingMax);
    return new Promise((resolve) => {
      this.#waiting.push(resolve);
    });
  }

  #start(rewritten: RewrittenModule | undefined): GuestThread {
    const thread = new GuestThread(rewritten);
    this.#all.add(thread);
    return thread;
  }

  #giveBack(thread: GuestThread): void {
    if (thread.isDead) {
      this.#all.delete(thread);
      void this.#replace();
      return;
    }
    const next = this.#waiting.shift();
    if (next === undefined) this.#idle.push(thread);
    else next(thread);
  }

  /** Somebody may wait for the thread that died. */
  async #replace(): Promise<void> {
    if (this.#waiting.length === 0) return;
    const { rewritten } = await this.base();
    const thread = this.#start(rewritten);
    await thread.ready.catch(() => undefined);
    this.#giveBack(thread);
  }
}

function overdue(wallMs: number): RunResult {
  const usage = { fuel: 0, wallMs, cpuMs: wallMs, memoryBytes: 0, outputBytes: 0 };
  return { outcome: { kind: "exhausted", meter: "wallMs" }, usage };
}

function full(limit: number): Error {
  return raise("quota.exceeded", {
    op: "instance.invoke",
    blame: "host",
    detail: { meter: "waitingRuns", limit, asked: limit + 1 },
    message: `Cannot run: ${limit} runs wait already`,
  });
}

function misunderstood(): Error {
  return raise("internal.bug", {
    op: "instance.invoke",
    detail: { where: "GuestThreads" },
    message: "Cannot run: the thread answered another question",
  });
}
