import type { Call } from "@bedplate/environment";
import type { Channel } from "@bedplate/environment/wire";
import { type FaultError, raise } from "@bedplate/errors";

/** One place outside this thread that holds a plug-in: a worker thread or a child process. */
export interface Cell {
  readonly channel: Channel;
  /** Ends it at once, whatever it is doing. Killing twice does nothing. */
  kill(reason: string): void;
  /** Resolves with the reason once nothing of it is left; never rejects. */
  readonly ended: Promise<string>;
}

/** Starts one more cell of the same plug-in. */
export type OpenCell = (call: Call) => Promise<Cell>;

/** What was in flight in a cell when it ended. */
export function crashed(reason: string): FaultError {
  return raise("plugin.crashed", {
    op: "environment.remote",
    detail: { reason },
    message: `Cannot reach the environment: ${reason}`,
  });
}
