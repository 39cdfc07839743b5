import type { Clock } from "@bedplate/clock";
import type { Hooks, Manifest } from "@bedplate/environment";
import type { FaultCode } from "@bedplate/errors";

/** Every operation of a driver, as faults and hooks name it. */
export type FakeOperation =
  | "open"
  | "admit"
  | "check"
  | "create"
  | "recover"
  | "close"
  | "start"
  | "status"
  | "stop"
  | "release"
  | "invoke"
  | "mark"
  | "rewind"
  | "settle"
  | "digest"
  | MachineOperation;

/** What can be asked of fake machines besides. */
export type MachineOperation =
  | "assess"
  | `volumes.${"list" | "erase"}`
  | `exec.${"start" | "output" | "write" | "signal"}`
  | `files.${"stat" | "list" | "read" | "write" | "makeFolder" | "move" | "delete" | "watch"}`
  | `serve.${"expose" | "withdraw"}`
  | "egress.set"
  | `pause.${"pause" | "resume"}`
  | "snapshot.capture"
  | "resize.resize";

/** A fault that the environment meets on purpose. */
export interface ScriptedFault {
  readonly on: FakeOperation;
  /** Which of these operations fails, counted from 1. Default: every one. */
  readonly nth?: number | undefined;
  readonly code: FaultCode;
}

/** What a test may choose. */
export interface FakeOptions {
  /** Default: `fake`. */
  readonly name?: string | undefined;
  /** Default: `1.0.0`; another version is another build. */
  readonly version?: string | undefined;
  /** Every operation takes that long on `clock`. Default: 0. */
  readonly latencyMs?: number | undefined;
  readonly faults?: readonly ScriptedFault[] | undefined;
  /** Called before each operation with how many of its kind there were; throwing makes it fail. */
  readonly before?: ((on: FakeOperation, nth: number) => void | Promise<void>) | undefined;
  /** Default: the machine's clock. */
  readonly clock?: Clock | undefined;
  readonly hooks?: Hooks | undefined;
  /** Members of the manifest that a test wants otherwise. */
  readonly manifest?: Partial<Omit<Manifest, "declares">> | undefined;
}
