import type { KeyedCall } from "../call.ts";

/** Stopping the guest's progress without losing it. */
export interface PauseParams {
  readonly freezesClock: boolean;
}

export interface PauseDriver {
  pause(call: KeyedCall): Promise<void>;
  resume(call: KeyedCall): Promise<void>;
}
