import { randomBytes } from "node:crypto";
import type { Call, Execution, Invocation, Outcome, Usage } from "@bedplate/environment";
import type { MemoryGarbage } from "@bedplate/wasm-module";
import { baseWithin } from "../allocator/base-state.ts";
import type { GuestSource, InitialBounds } from "../allocator/guest-source.ts";
import type { LiveGuest } from "../allocator/live-guest.ts";
import type { WasmConfig, WasmProfileName } from "../config.ts";
import { RunJournal } from "../contract/run-journal.ts";
import { Attempt } from "./attempt.ts";
import { type AttemptEnd, callGuest } from "./call-guest.ts";
import { blameMemory, outcomeOfFailure, outcomeOfReturn } from "./outcome-of.ts";
import { OutputLog } from "./output-log.ts";
import { pageBytes, pagesIn } from "./page-count.ts";
import { provide, type Wish } from "./provide.ts";
import type { RunPlan } from "./run-plan.ts";
import { WallWatch } from "./wall-watch.ts";
import { openWorld } from "./wasi-world.ts";

/** Most output of a run whose budget says nothing; also the most that can be declared. */
export const outputBytesMax: number = 16 * 1024 * 1024;

/** Most attempts of one run: each miss of state and each cross-call takes one more. */
export const attemptsMax = 8_192;

/** What a run happens in. */
export interface RunSetting {
  readonly plan: RunPlan;
  readonly source: GuestSource;
  readonly config: WasmConfig;
  readonly profile: WasmProfileName;
  /** Where memory that the run leaves is counted. */
  readonly garbage: MemoryGarbage;
  /** The host's clock. */
  readonly now: () => number;
  readonly onPoint: (point: RunPoint) => void;
}

/** Something worth observing. */
export interface RunPoint {
  readonly point: "run-start" | "memory-grow" | "run-end";
  readonly fuel: number;
  readonly facts: Readonly<Record<string, string | number | boolean>>;
}

/** One run: attempts from the start, until one of them needs nothing more from outside. */
export class InvocationRun {
  readonly #setting: RunSetting;
  readonly #invocation: Invocation;
  readonly #call: Call;
  readonly #journal: RunJournal;
  readonly #watch: WallWatch;
  readonly #now: number;
  readonly #seed: Uint8Array;
  #baseFuel = 0;
  #toldEvents = 0;
  #guestMs = 0;

  constructor(setting: RunSetting, invocation: Invocation, call: Call) {
    const isDeterministic = setting.profile === "deterministic";
    this.#setting = setting;
    this.#invocation = invocation;
    this.#call = call;
    this.#journal = new RunJournal(invocation);
    this.#watch = new WallWatch({ call, wallMs: invocation.budget.wallMs, now: setting.now });
    this.#now = isDeterministic ? invocation.now : setting.now();
    this.#seed = isDeterministic ? invocation.seed : randomBytes(32);
  }

  async execute(): Promise<Execution> {
    this.#setting.onPoint({
      point: "run-start",
      fuel: 0,
      facts: { entry: this.#invocation.entry },
    });
    const { source, config } = this.#setting;
    const bounds = this.#initialBounds();
    const { fuel, failure } = baseWithin(source.base(bounds), { config, bounds });
    this.#baseFuel = fuel;
    if (failure !== undefined) return this.#early(failure);
    for (let attempts = 1; attempts <= attemptsMax; attempts++) {
      const done = this.#attempt();
      if (done.kind === "finished") return done.execution;
      await provide(done.ending, {
        invocation: this.#invocation,
        journal: this.#journal,
        call: this.#call,
      });
      // Short attempts end before their first slice; what was waited for takes time as well.
      const over = this.#watch.look();
      if (over?.kind === "fault") throw over.error;
      if (over?.kind === "outcome") return this.#early(over.outcome);
    }
    return this.#early({ kind: "trapped", reason: "the run asked the host too often" });
  }

  /** One attempt, whole and synchronous. */
  #attempt(): Finished | Waiting {
    const { source, garbage } = this.#setting;
    const guest = source.take(this.#initialBounds());
    if (guest === undefined) return finished(this.#early({ kind: "exhausted", meter: "wallMs" }));
    let isKept = false;
    let attempt: Attempt | undefined;
    try {
      attempt = this.#openAttempt(guest);
      if (guest.instance.memoryBytes > attempt.pagesMax * pageBytes) {
        return finished(this.#early({ kind: "exhausted", meter: "memoryBytes" }));
      }
      const end = this.#callEntry(guest, attempt);
      if (end.kind === "ended" && end.ending.kind !== "outcome") {
        if (end.ending.kind === "fault") throw end.ending.error;
        this.#toldEvents = Math.max(this.#toldEvents, attempt.output.events.length);
        return { kind: "waiting", ending: end.ending };
      }
      const execution = this.#finish(guest, attempt, end);
      isKept = execution.outcome.kind === "returned";
      return finished(execution);
    } finally {
      guest.cell.finish();
      source.give(guest, isKept);
      garbage.add(attempt?.heldBytes ?? 0);
      attempt?.close();
    }
  }

  get #pagesMax(): number {
    const { memoryBytesMax } = this.#setting.config;
    return pagesIn(Math.min(this.#invocation.budget.memoryBytes ?? memoryBytesMax, memoryBytesMax));
  }

  #initialBounds(): InitialBounds {
    return { wallMs: this.#watch.leftMs, memoryBytes: this.#pagesMax * pageBytes };
  }

  #openAttempt({ cell }: LiveGuest): Attempt {
    const { config, profile, plan } = this.#setting;
    const { budget, onEvent } = this.#invocation;
    const attempt = new Attempt({
      invocation: this.#invocation,
      journal: this.#journal,
      output: new OutputLog({
        bytesMax: budget.outputBytes ?? outputBytesMax,
        onEvent,
        toldBefore: this.#toldEvents,
      }),
      watch: this.#watch,
      now: this.#now,
      seed: this.#seed,
      // Less than nothing left is the same as nothing: the first check ends the run.
      fuelMax: Math.max(0, (budget.fuel ?? Number.MAX_SAFE_INTEGER) - this.#baseFuel),
      framesMax: Math.min(budget.depth ?? config.depthMax, config.depthMax),
      pagesMax: this.#pagesMax,
      openWorld: (self) => openWorld(cell, self, { program: plan.program, profile }),
    });
    // Made before the guest runs, so that bad input is refused with nothing done.
    if (plan.entry.kind !== "contract") attempt.world;
    return attempt;
  }

  #callEntry(guest: LiveGuest, attempt: Attempt): AttemptEnd {
    const { entry, values } = this.#setting.plan;
    const startedAt = performance.now();
    const bytes = guest.instance.memoryBytes;
    const end = callGuest(guest, attempt, [
      { entry: guest.instance.exports[entry.exportName] as () => unknown, values },
    ]);
    this.#guestMs += performance.now() - startedAt;
    const grown = guest.instance.memoryBytes;
    if (grown > bytes) {
      this.#setting.onPoint({ point: "memory-grow", fuel: end.fuel, facts: { bytes: grown } });
    }
    return end;
  }

  #finish(guest: LiveGuest, attempt: Attempt, end: AttemptEnd): Execution {
    const { entry } = this.#setting.plan;
    attempt.output.flush();
    const wasDenied = attempt.wasMemoryDenied || guest.instance.wasGrowthDenied;
    const outcome = blameMemory(outcomeOf(attempt, entry, end), wasDenied);
    if (!("output" in outcome)) attempt.output.dropResult();
    return this.#report(outcome, {
      fuel: this.#fuelOf(outcome, end),
      memoryBytes: Math.max(attempt.peakBytes, guest.instance.memoryBytes + attempt.heldBytes),
      attempt,
    });
  }

  /**
   * Fuel that the run is charged. A trap loses the part of the guest's own counter that it had not
   * written back: since its last call, return or `unreachable`.
   */
  #fuelOf(outcome: Outcome, end?: AttemptEnd): number {
    const { fuel } = this.#invocation.budget;
    const all = this.#baseFuel + (end?.fuel ?? 0);
    const isSpent = outcome.kind === "exhausted" && outcome.meter === "fuel";
    return isSpent ? (fuel ?? all) : Math.min(all, fuel ?? all);
  }

  /** An end before or without any code of the guest's. */
  #early(outcome: Outcome): Execution {
    return this.#report(outcome, { fuel: this.#fuelOf(outcome), memoryBytes: 0 });
  }

  #report(
    outcome: Outcome,
    used: {
      readonly fuel: number;
      readonly memoryBytes: number;
      readonly attempt?: Attempt | undefined;
    },
  ): Execution {
    const { fuel, memoryBytes, attempt } = used;
    const usage: Usage = {
      fuel,
      wallMs: this.#watch.elapsedMs,
      cpuMs: this.#guestMs,
      memoryBytes,
      outputBytes: attempt?.output.bytes ?? 0,
    };
    this.#setting.onPoint({ point: "run-end", fuel, facts: { outcome: outcome.kind } });
    const writes = outcome.kind === "returned" ? (attempt?.writes.sorted() ?? []) : [];
    return { outcome, usage, writes, events: attempt?.output.events ?? [] };
  }
}

interface Finished {
  readonly kind: "finished";
  readonly execution: Execution;
}

interface Waiting {
  readonly kind: "waiting";
  readonly ending: Wish;
}

function finished(execution: Execution): Finished {
  return { kind: "finished", execution };
}

function outcomeOf(attempt: Attempt, entry: RunPlan["entry"], end: AttemptEnd): Outcome {
  if (end.kind === "returned") return outcomeOfReturn(attempt, entry, end.value);
  if (end.kind === "failed") return outcomeOfFailure(entry.kind, end.failure);
  return end.ending.kind === "outcome"
    ? end.ending.outcome
    : { kind: "trapped", reason: "the run ended to wait" };
}
