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
import type { LiveGuest } from "./live-guest.ts";

/** What a module's own initialisation gives: the same every time, for it sees nothing of a run. */
export interface BaseState {
  /** Charged to every run, whichever allocator made its instance. */
  readonly fuel: number;
  /** Why no run of the module can begin. */
  readonly failure?: Outcome | undefined;
  /** The time was over, which says nothing about the next run: nobody may keep this. */
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
  { config, wallMs }: { readonly config: WasmConfig; readonly wallMs: number },
): BaseState {
  const { exports } = guest.instance;
  const steps = [exports[startExport], exports[initialiseExport]].flatMap((entry) =>
    typeof entry === "function" ? [{ entry: entry as GuestStep["entry"], values: [] }] : [],
  );
  if (steps.length === 0) return { fuel: 0 };
  const attempt = initialAttempt(guest, { config, wallMs: Math.min(wallMs, initialisationMsMax) });
  const end = callGuest(guest, attempt, steps);
  guest.cell.finish();
  if (end.kind === "returned") return { fuel: end.fuel };
  const failure = failureOf(end);
  const isCut = failure.kind === "exhausted" && failure.meter === "wallMs";
  return isCut ? { fuel: 0, failure, isCut } : { fuel: end.fuel, failure };
}

function initialAttempt(
  { cell }: LiveGuest,
  { config, wallMs }: { readonly config: WasmConfig; readonly wallMs: number },
): Attempt {
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
    pagesMax: pagesIn(config.memoryBytesMax),
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
