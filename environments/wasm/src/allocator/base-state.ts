import { emptyState, type Invocation, newCall, type Outcome } from "@bedplate/environment";
import { reservedPrefix } from "@bedplate/wasm-module";
import { initialiseExport } from "../artifact/entry.ts";
import type { WasmConfig } from "../config.ts";
import { RunJournal } from "../contract/run-journal.ts";
import { Attempt } from "../run/attempt.ts";
import { type AttemptEnd, callGuest, type GuestStep } from "../run/call-guest.ts";
import { outcomeOfFailure } from "../run/outcome-of.ts";
import { OutputLog } from "../run/output-log.ts";
import { pagesIn } from "../run/page-count.ts";
import { WallWatch } from "../run/wall-watch.ts";
import { openWorld } from "../run/wasi-world.ts";
import type { InitialBounds } from "./guest-source.ts";
import type { LiveGuest } from "./live-guest.ts";

/** What a module's own initialisation gives: the same every time, for it sees nothing of a run. */
export interface BaseState {
  /** Charged to every run, whichever allocator made its instance. */
  readonly fuel: number;
  /** Memory that it took, its files included. */
  readonly memoryBytes: number;
  /** It asked for more memory than it got. */
  readonly wasDenied: boolean;
  /** Why no run of the module can begin. */
  readonly failure?: Outcome | undefined;
  /** The run's time or memory was over, which says nothing about the next run: nobody keeps this. */
  readonly isCut?: boolean | undefined;
}

/** The module's start function, which the rewriter made an export. */
const startExport = `${reservedPrefix}start`;

/** Longest time that initialisation may take, however much a run has. */
export const initialisationMsMax = 10_000;

/**
 * Runs the module's start function and its export `_initialize`. They find an empty world at the
 * beginning of time, without chance, output or state: so what they leave is the same for every run.
 */
export function initialise(
  guest: LiveGuest,
  how: { readonly config: WasmConfig; readonly bounds: InitialBounds },
): BaseState {
  const before = { fuel: 0, memoryBytes: guest.instance.memoryBytes, wasDenied: false };
  const steps = stepsOf(guest);
  if (steps.length === 0) return before;
  if (isNarrower(how) && before.memoryBytes > how.bounds.memoryBytes) return cutBy("memoryBytes");
  const attempt = initialAttempt(guest, how);
  const end = callGuest(guest, attempt, steps);
  const wasDenied = attempt.wasMemoryDenied || guest.instance.wasGrowthDenied;
  const memoryBytes = Math.max(attempt.peakBytes, guest.instance.memoryBytes + attempt.heldBytes);
  guest.cell.finish();
  if (wasDenied && isNarrower(how)) return cutBy("memoryBytes");
  const base = { fuel: end.fuel, memoryBytes, wasDenied };
  if (end.kind === "returned") return base;
  const failure = failureOf(end);
  const isTimeOver = failure.kind === "exhausted" && failure.meter === "wallMs";
  return isTimeOver ? cutBy("wallMs") : { ...base, failure };
}

/**
 * What a run with so much memory makes of the base state: the same, whether it was the one that the
 * module was initialised for, or came later.
 */
export function baseWithin(
  base: BaseState,
  how: { readonly config: WasmConfig; readonly bounds: InitialBounds },
): BaseState {
  if (!isNarrower(how)) return base;
  const isTooMuch = base.wasDenied || base.memoryBytes > how.bounds.memoryBytes;
  return isTooMuch ? cutBy("memoryBytes") : base;
}

/** Whether the run has less memory than the release allows: then initialisation may meet its bound. */
function isNarrower(how: { readonly config: WasmConfig; readonly bounds: InitialBounds }): boolean {
  return pagesIn(how.bounds.memoryBytes) < pagesIn(how.config.memoryBytesMax);
}

function cutBy(meter: "wallMs" | "memoryBytes"): BaseState {
  const failure = { kind: "exhausted", meter } as const;
  return { fuel: 0, memoryBytes: 0, wasDenied: false, failure, isCut: true };
}

function stepsOf({ instance: { exports } }: LiveGuest): readonly GuestStep[] {
  return [exports[startExport], exports[initialiseExport]].flatMap((entry) =>
    typeof entry === "function" ? [{ entry: entry as GuestStep["entry"], values: [] }] : [],
  );
}

function initialAttempt(
  { cell }: LiveGuest,
  { config, bounds }: { readonly config: WasmConfig; readonly bounds: InitialBounds },
): Attempt {
  const wallMs = Math.min(bounds.wallMs, initialisationMsMax);
  const call = newCall({ principal: "host", timeoutMs: initialisationMsMax });
  return new Attempt({
    invocation: emptyInvocation,
    journal: new RunJournal(emptyInvocation),
    output: new OutputLog({ bytesMax: 0 }),
    watch: new WallWatch({ call, wallMs, now: Date.now }),
    now: 0,
    seed: emptyInvocation.seed,
    fuelMax: config.initialisationFuelMax,
    framesMax: config.depthMax,
    pagesMax: pagesIn(Math.min(bounds.memoryBytes, config.memoryBytesMax)),
    isInitialisation: true,
    openWorld: (self) => openWorld(cell, self, { program: emptyProgram, profile: "deterministic" }),
  });
}

function failureOf(end: Exclude<AttemptEnd, { readonly kind: "returned" }>): Outcome {
  if (end.kind === "failed") return outcomeOfFailure("contract", end.failure);
  if (end.ending.kind === "outcome") return end.ending.outcome;
  return { kind: "trapped", reason: "the module cannot begin without its host" };
}

const emptyProgram = { name: "main", args: [], env: {}, stdin: new Uint8Array(), files: {} };

const emptyInvocation: Invocation = {
  entry: "main",
  input: new Uint8Array(),
  budget: {},
  pre: emptyState,
  now: 0,
  seed: new Uint8Array(32),
};
