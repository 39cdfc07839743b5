import type { Digest } from "@bedplate/codec";
import type { Budget } from "../budget.ts";
import type { PhaseMonitor } from "./monitor.ts";
import type { OperationContext } from "./operation.ts";
import type { RunSlot } from "./run-slot.ts";

/** What every gated operation of one instance shares. */
export interface GateContext {
  readonly monitor: PhaseMonitor;
  /** Build of the environment. */
  readonly release: Digest;
  /** Policy's bound on each call. */
  readonly ceiling: Budget;
  readonly now: () => number;
  readonly operations: OperationContext;
  readonly slot: RunSlot;
  /** Ends the guest by force, and with it whatever shares its mount; the instance is then failed. */
  kill(): void;
}
