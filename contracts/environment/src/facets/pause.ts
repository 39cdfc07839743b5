import type { KeyedCall } from "../call.ts";

/** Stopping the guest's progress without losing it. */
export interface PauseParams {
  /** Whether the guest's monotonic clock stands still too; its wall clock is right after `resume`. */
  readonly freezesClock: boolean;
}

export interface PauseDriver {
  /** Answers when nothing in the guest runs any more. Pausing twice does nothing. */
  pause(call: KeyedCall): Promise<void>;
  /** Everything goes on where it was. Resuming twice does nothing. */
  resume(call: KeyedCall): Promise<void>;
}
