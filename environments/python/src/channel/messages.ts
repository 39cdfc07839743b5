import type { RewrittenModule } from "@bedplate/wasm-module";

/** What a guest process is told. The bytes that a message speaks of are in the frame's body, in order. */
export type Order =
  /** Body: the rewritten module, the image's bytes, the standard library, the wheels. */
  | LoadOrder
  /** Body: seed, script, standard input, then the files. */
  | RunOrder
  | { readonly order: "digest" }
  | StateOrder;

export type StateOrder =
  /** Remembers the session's state under a number, or returns to it, or forgets it. */
  | { readonly order: "mark" | "rewind" | "settle"; readonly mark: number }
  /** Forgets everything: back to the base state. */
  | { readonly order: "reset" };

export interface LoadOrder {
  readonly order: "load";
  readonly lengths: readonly number[];
  readonly module: Omit<RewrittenModule, "bytes">;
  readonly image: ImageHeader;
  /** File names of the wheels, in the order of their bytes. */
  readonly packages: readonly string[];
}

export interface RunOrder {
  readonly order: "run";
  readonly lengths: readonly number[];
  /** Paths of the files, in the order of their bytes. */
  readonly files: readonly string[];
  readonly scriptName: string;
  readonly entry: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly isSession: boolean;
  readonly isDeterministic: boolean;
  readonly now: number;
  readonly fuel: number;
  /** Milliseconds of the machine's monotonic clock, which all its processes share. */
  readonly endsAtMs: number;
  readonly memoryBytes: number;
  readonly outputBytes: number;
  /** How many events the run may make, and up to how many before they are full. */
  readonly eventsMax: number;
  readonly earlyEventsMax: number;
}

/** A base image without its bytes. */
export interface ImageHeader {
  readonly size: number;
  readonly run: number;
  /** Offset and length of each stretch of memory that is not empty. */
  readonly stretches: readonly (readonly [number, number])[];
}

/** What a guest process answers. A hostile process may say anything, so the host checks each. */
export type Answer =
  /** The order is done; after a run, the state that the next one starts from is in place. */
  | { readonly answer: "ready" }
  /** Body: what was written. */
  | { readonly answer: "event"; readonly topic: "stdout" | "stderr"; readonly fuel: number }
  /** A sign of life between events. */
  | { readonly answer: "pulse"; readonly fuel: number }
  /** Body: the output. */
  | DoneAnswer
  | { readonly answer: "digest"; readonly digest: string };

/** How a run ended. */
export interface DoneAnswer {
  readonly answer: "done";
  readonly end: "returned" | "failed" | "trapped" | "exhausted" | "entry" | "argument";
  /** Exit code, reason, meter, or what is wrong with the argument. */
  readonly exitCode: number;
  readonly text: string;
  readonly fuel: number;
  readonly cpuMs: number;
  readonly memoryBytes: number;
}
