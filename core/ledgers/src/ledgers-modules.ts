import type { Clock, Random } from "@bedplate/clock";
import type { Registry } from "@bedplate/registry";
import type { Artifacts } from "@bedplate/runs";
import type { StateStore } from "@bedplate/state";
import type { Log } from "@bedplate/telemetry";
import type { StateCommitment } from "./commitment/state-commitment.ts";

/** Limits of this replica. */
export interface LedgersLimits {
  /** Executions of one batch at once. */
  readonly lanes: number;
  /** Longest that a transaction waits while fewer than a batch's worth do. */
  readonly sealMs: number;
  readonly batchTransactionsMax: number;
  /** Sum of the fuel that the transactions of a batch may use. */
  readonly batchFuelMax: number;
  /** Transactions of one ledger that may wait; one more is refused. */
  readonly waitingMax: number;
}

/** What the package is built from. */
export interface LedgersModules {
  /** Names this replica to the others, for this life. */
  readonly replica: string;
  /**
   * Names what one replica at a time runs on, a data folder, say. An earlier replica of the same
   * place is gone, so what it held is taken over at once. Default: nobody was here before.
   */
  readonly place?: string | undefined;
  readonly state: StateStore;
  readonly registry: Registry;
  readonly artifacts: Artifacts;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly limits: LedgersLimits;
  /** Ways to commit to a state, beside the house's own. */
  readonly commitments?: readonly StateCommitment[] | undefined;
}
