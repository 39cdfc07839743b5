import type { DescriptorTable } from "./file-system/descriptor-table.ts";
import type { FileSystem } from "./file-system/file-system.ts";
import type { GuestEnd } from "./guest-end.ts";
import type { GuestView } from "./guest-view.ts";
import type { WasiClock } from "./wasi-clock.ts";
import type { WasiLimits } from "./wasi-limits.ts";

/** Takes what the guest writes, in order; "stop" ends the guest at once. The bytes are a copy. */
export type OnOutput = (stream: "stdout" | "stderr", bytes: Uint8Array) => "stop" | undefined;

/** Everything that the calls of one run share. */
export interface WasiContext {
  readonly view: GuestView;
  readonly fileSystem: FileSystem;
  readonly descriptors: DescriptorTable;
  readonly clock: WasiClock;
  readonly limits: WasiLimits;
  /** Arguments and `NAME=value` pairs. */
  readonly args: readonly string[];
  readonly environ: readonly string[];
  random(count: number): Uint8Array;
  readonly onOutput: OnOutput;
  /** Says that the host is about to do so much work for the guest, in the units of `work-units.ts`. */
  spend(units: number): void;
  /** Set once the guest has ended; no call does anything after that. */
  ended: GuestEnd | undefined;
  /** Ends the guest. */
  end(end: GuestEnd): never;
}

/** A function of WASI. The context comes first, then what the guest passes; the result is an error number. */
export type WasiCall = (context: WasiContext, ...args: never[]) => number;

/** Functions by their names. */
export type WasiCalls = Readonly<Record<string, WasiCall>>;
