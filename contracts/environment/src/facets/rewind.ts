import type { Digest } from "@bedplate/codec";
import type { Call } from "../call.ts";

/** One rollback law for journals and machines alike. */
export interface RewindParams {
  /** How the cost of a mark grows: not at all, with what changed since, or with all state. */
  readonly cost: "constant" | "delta" | "full";
  /** How many marks may be open at once. */
  readonly nesting: number;
  readonly covers: readonly ("memory" | "cpu" | "disk" | "connections")[];
  /** What happens to sends between a mark and its rewind. */
  readonly outbound: "buffered" | "escapes";
}

export interface RewindDriver {
  /** Remembers the present state. */
  mark(call: Call): Promise<Mark>;
  /** Returns to the state at the mark; inner marks and the mark itself die. */
  rewind(mark: Mark, call: Call): Promise<void>;
  /** Keeps the present state and forgets the mark and inner ones. */
  settle(mark: Mark, call: Call): Promise<void>;
  /** Digest of all that `covers` names; independent of the history of marks. */
  digest(call: Call): Promise<Digest>;
}

export interface Mark {
  readonly id: string;
  /** 1 for the outermost. */
  readonly depth: number;
}
