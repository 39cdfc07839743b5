import type { Digest } from "@bedplate/codec";
import type { Budget, Meter, Usage } from "../budget.ts";
import type { Call } from "../call.ts";
import type { Outcome } from "../outcome.ts";

/** Finite execution: a function of its arguments, whose effects are returned. */
export interface InvokeParams {
  readonly inputBytesMax: number;
  readonly outputBytesMax: number;
  /** The bounds that this environment enforces; asking for another one is refused. */
  readonly meters: readonly Meter[];
  /** Whether guests may call other artifacts through `Invocation.call`. */
  readonly crossCalls: boolean;
  /** Whether the environment says beforehand if an invocation can run: `check`. Default: it does not. */
  readonly checks?: boolean | undefined;
  /** Whether runs may add to numbers that they do not read: `Execution.credits`. Default: they do not. */
  readonly credits?: boolean | undefined;
}

export interface InvokeDriver {
  /** Runs to an outcome. Rejects with a fault only where the platform failed. */
  run(invocation: Invocation, call: Call): Promise<Execution>;
}

export interface Invocation {
  /** What to run: `main` is the program itself, any other name a function of it. */
  readonly entry: string;
  /** Raw bytes for a contract; `encodeProgramInput` for everything else. */
  readonly input: Uint8Array;
  readonly budget: Budget;
  /** Digest of the state that the guest starts from; `emptyState` when it reads none. */
  readonly pre: Digest;
  /** Committed state that the guest may read. Absent: there is none. */
  readonly reads?: StateReader | undefined;
  /** The guest's wall clock, epoch milliseconds: the only time it sees in a deterministic profile. */
  readonly now: number;
  /** 32 bytes: the only chance it sees in a deterministic profile. */
  readonly seed: Uint8Array;
  /** Runs another artifact; its effects join the caller's unless it does not return. */
  readonly call?: CrossCall | undefined;
  /** Called for each event as it happens, in order; the same events are in `Execution.events`. */
  readonly onEvent?: ((event: GuestEvent) => void) | undefined;
}

/** Asynchronous state for a synchronous guest: a miss ends the attempt, `load`, and it runs again. */
export interface StateReader {
  /** The value, null when the key has none, undefined when it is not resident yet. */
  peek(key: Uint8Array): Uint8Array | null | undefined;
  /** Makes keys resident. */
  load(keys: readonly Uint8Array[], call: Call): Promise<void>;
}

export type CrossCall = (request: {
  readonly target: string;
  readonly entry: string;
  readonly input: Uint8Array;
  readonly budget: Budget;
  readonly isStatic: boolean;
}) => Promise<CrossOutcome>;

/** How a cross-call ended. */
export type CrossOutcome = Outcome & {
  /** What the callee used, charged to the caller. Absent: all that it was granted. */
  readonly fuelUsed?: number | undefined;
};

/** How many events one run may make. */
export interface EventBounds {
  /** One event more ends the run as one byte more does: by `outputBytes`. */
  readonly eventsMax: number;
  /**
   * Up to here, what is written may become an event before 8 KiB of it are there, so that it is
   * heard at once. Later events wait until they are full: steady output never meets `eventsMax`.
   */
  readonly earlyEventsMax: number;
}

/** Telling an event costs far more than its bytes, so a bound on bytes alone would not bound it. */
export const eventBounds: EventBounds = { eventsMax: 10_000, earlyEventsMax: 5_000 };

/** Something the guest told the outside. Programs write the topics `stdout` and `stderr`. */
export interface GuestEvent {
  readonly topic: string;
  readonly data: Uint8Array;
}

/** A captured write; null deletes. */
export interface StateWrite {
  readonly key: Uint8Array;
  readonly value: Uint8Array | null;
}

/**
 * A captured addition to the number under a key, which the run neither reads nor writes. The number
 * is big-endian without leading zeros, and 0 where the key has none; so additions of several runs
 * give the same in any order.
 */
export interface StateCredit {
  readonly key: Uint8Array;
  /** More than 0, in the same form; at most `creditBytesMax`. */
  readonly amount: Uint8Array;
}

/** Longest amount of a credit. */
export const creditBytesMax = 32;

/** What a driver reports of one run. */
export interface Execution {
  readonly outcome: Outcome;
  readonly usage: Usage;
  /** Unique keys, sorted bytewise; empty unless the outcome is `returned`. */
  readonly writes: readonly StateWrite[];
  /** As `writes`; no key is in both. Absent: none. */
  readonly credits?: readonly StateCredit[] | undefined;
  /** In the order in which they happened; kept whatever the outcome. */
  readonly events: readonly GuestEvent[];
}
