import type { Budget, EventBounds, Outcome, ProgramInput, Usage } from "@bedplate/environment";
import type { GuestImage } from "./guest-image.ts";

/** Which clock and which chance a guest sees. */
export type ProfileName = "deterministic" | "normal";

/** One run, as a thread of guests gets it. */
export interface RunPlan {
  readonly source: string;
  /** The script's name in stack traces; relative imports start from it. */
  readonly name: string;
  readonly isModule: boolean;
  readonly entry: string;
  readonly input: ProgramInput;
  readonly budget: Budget;
  /** Bound of the memory where the budget has none. */
  readonly memoryBytesMax: number;
  /** Bound of events and output where the budget has none. */
  readonly outputBytesMax: number;
  readonly eventBounds: EventBounds;
  /** Milliseconds until the caller gives up. */
  readonly patienceMs: number;
  readonly profile: ProfileName;
  /** Epoch milliseconds: in the deterministic profile the guest's, else the host's. */
  readonly nowMs: number;
  readonly seed: Uint8Array;
  /** A session's state; absent: the base. */
  readonly image?: GuestImage | undefined;
  /** Whether the state after a return is wanted. */
  readonly isSession: boolean;
}

/** What came of it; the events went before. */
export interface RunResult {
  readonly outcome: Outcome;
  readonly usage: Usage;
  /** The state after a session's run that returned. */
  readonly image?: GuestImage | undefined;
}
