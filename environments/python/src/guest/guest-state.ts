import type { DescriptorTable } from "./descriptor-table.ts";
import type { FileTree } from "./file-tree.ts";
import type { LinearMemory } from "./linear-memory.ts";

/** What the outside gives to one run. Everything the guest can learn or tell goes through here. */
export interface Outside {
  readonly stdin: Uint8Array;
  /** Epoch milliseconds, with a fraction. */
  wallClockMs(): number;
  /** Milliseconds since the run began, never going back. */
  monotonicMs(): number;
  /** Called over and over while the guest sleeps: lets some time pass, and says what time it is. */
  pauseMs(): number;
  /** Fills with random bytes. */
  random(target: Uint8Array): void;
  /** Takes what was written to a stream; throws to end the run. */
  write(topic: "stdout" | "stderr", data: Uint8Array): void;
  /** Takes fuel for work of the host that grows with what the guest asked for. */
  charge(fuel: number): void;
}

/** One guest: its memory, files and the outside as the calls of its C library see them. */
export interface GuestState {
  readonly memory: LinearMemory;
  readonly tree: FileTree;
  readonly table: DescriptorTable;
  outside: Outside;
  stdinPosition: number;
  /** Bytes that the linear memory may have. */
  memoryBytesMax: number;
  wasMemoryDenied: boolean;
  environment: readonly string[];
  umask: number;
  /** Calls an entry of the guest's function table. */
  callIndirect(index: number, args: readonly number[]): number;
}

/** A function that the module imports. */
// biome-ignore lint/suspicious/noExplicitAny: the arguments are Wasm numbers of each import's own signature
export type ImportFunction = (...args: any[]) => unknown;

export type ImportSet = Readonly<Record<string, ImportFunction>>;
