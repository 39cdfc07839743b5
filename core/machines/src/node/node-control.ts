import type { Fault } from "@bedplate/errors";
import type { HeldInstance, Machine, MachineSource, ObservedState } from "../machine.ts";
import type { EventDraft } from "../machine-store.ts";
import type { MachineRef } from "../machine-tables.ts";
import type { ErasingVolume } from "../volumes/volume-tables.ts";

/** What a node says of a machine that it has. */
export interface MachineReport {
  readonly state: ObservedState;
  /** The generation of the machine that the node acted on. */
  readonly generation: number;
  readonly fault?: Fault | undefined;
  /** Null: it has none any more. Left out: as it was. */
  readonly instance?: HeldInstance | null | undefined;
  /** The disk that a stop kept. */
  readonly source?: MachineSource | undefined;
  readonly startedAt?: number | undefined;
  readonly attempt?: number | undefined;
  readonly restarts?: number | undefined;
  /** The node gives it up, and has nothing of it any more: it waits for another. */
  readonly leaves?: true | undefined;
  readonly events?: readonly EventDraft[] | undefined;
}

/** Under which assignment a node speaks: what it says under an earlier one is `fence.stale`. */
export interface Assignment extends MachineRef {
  readonly node: string;
  readonly epoch: number;
}

/** The control plane, as a node sees it. */
export interface NodeControl {
  /** Every machine that the node has. */
  held(node: string): AsyncIterable<Machine>;
  /**
   * Every change of a machine that the node has or had, and of others as well, until the signal aborts.
   * After `onGap` it may have left out some: the node looks at all it has.
   */
  follow(node: string, signal: AbortSignal, onGap?: () => void): AsyncIterable<Machine>;
  /** A machine as it is on record. */
  get(ref: MachineRef): Promise<Machine>;
  /** Writes down what was seen; answers the machine as it is then. */
  report(assignment: Assignment, report: MachineReport): Promise<Machine>;
  /** The machine's time is over. */
  expire(ref: MachineRef): Promise<Machine>;
  /** The volumes that the node has yet to erase. */
  erasing(node: string): AsyncIterable<ErasingVolume>;
  /** The node has erased one. */
  erased(volume: ErasingVolume): Promise<void>;
}
