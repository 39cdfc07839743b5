import type { Budget } from "../budget.ts";
import type { KeyedCall } from "../call.ts";

/** Changing the bounds of a running instance. */
export interface ResizeParams {
  readonly live: readonly ("cpu" | "memory" | "disk")[];
}

export interface ResizeDriver {
  /** Answers what holds afterwards. */
  resize(to: Budget, call: KeyedCall): Promise<Budget>;
}
