import type { Invocation } from "@bedplate/environment";
import type { ContractRun } from "../contract/contract-run.ts";
import type { CallAnswer, RunJournal } from "../contract/run-journal.ts";
import { WriteSet } from "../contract/write-set.ts";
import type { Ending } from "./ending.ts";
import type { OutputLog } from "./output-log.ts";
import type { WallWatch } from "./wall-watch.ts";
import type { WasiWorld } from "./wasi-world.ts";

/** What an attempt is made of. */
export interface AttemptOptions {
  readonly invocation: Invocation;
  readonly journal: RunJournal;
  readonly output: OutputLog;
  readonly watch: WallWatch;
  readonly now: number;
  readonly seed: Uint8Array;
  readonly fuelMax: number;
  readonly framesMax: number;
  readonly pagesMax: number;
  /** The module's own initialisation: no state, no calls, no output. */
  readonly isInitialisation?: boolean | undefined;
  /** Makes the attempt's WASI. */
  readonly openWorld: (attempt: Attempt) => WasiWorld;
}

/** One try of one run. What it has to wait for ends it, and a new one begins from the start. */
export class Attempt implements ContractRun {
  readonly invocation: Invocation;
  readonly journal: RunJournal;
  readonly output: OutputLog;
  readonly watch: WallWatch;
  readonly now: number;
  readonly seed: Uint8Array;
  readonly fuelMax: number;
  readonly framesMax: number;
  readonly pagesMax: number;
  readonly isInitialisation: boolean;
  readonly writes: WriteSet = new WriteSet();
  result: Uint8Array = nothing;
  callsMade = 0;
  lastAnswer: CallAnswer | undefined = undefined;
  /** Why the host ended it; the first reason stays. */
  ending: Ending | undefined = undefined;
  /** Something beside its own memory was denied for lack of memory. */
  wasMemoryDenied = false;
  /** Most bytes of memories and files together, as far as files were part of it. */
  peakBytes = 0;
  readonly #openWorld: (attempt: Attempt) => WasiWorld;
  #world: WasiWorld | undefined;

  constructor(options: AttemptOptions) {
    this.invocation = options.invocation;
    this.journal = options.journal;
    this.output = options.output;
    this.watch = options.watch;
    this.now = options.now;
    this.seed = options.seed;
    this.fuelMax = options.fuelMax;
    this.framesMax = options.framesMax;
    this.pagesMax = options.pagesMax;
    this.isInitialisation = options.isInitialisation ?? false;
    this.#openWorld = options.openWorld;
  }

  /** WASI of this attempt, made at its first use. */
  get world(): WasiWorld {
    this.#world ??= this.#openWorld(this);
    return this.#world;
  }

  /** Gives back what the host holds for it. */
  close(): void {
    this.#world?.close();
  }

  /** Bytes that the host holds for the guest, beside its memory. */
  get heldBytes(): number {
    return this.#world?.heldBytes ?? 0;
  }
}

const nothing = new Uint8Array();
