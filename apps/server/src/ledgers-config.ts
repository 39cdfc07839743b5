import { availableParallelism } from "node:os";
import type { LedgersLimits } from "@bedplate/ledgers";
import { Type } from "@bedplate/schema";

/** What an operator decides about ledgers. */
export interface LedgersConfig {
  /** Executions of one batch at once; 0 means one per processor. */
  readonly lanes: number;
  /** Longest that a transaction waits while fewer than a batch's worth do. */
  readonly sealMs: number;
  readonly batchTransactions: number;
  /** Sum of the fuel that the transactions of a batch may use. */
  readonly batchFuel: number;
  /** Transactions of one ledger that may wait. */
  readonly waitingTransactions: number;
}

const count = (options: {
  readonly default: number;
  readonly minimum: number;
  readonly maximum: number;
  readonly description: string;
}) => Type.Integer(options);

export const ledgersConfigType: Type.TUnsafe<LedgersConfig> = Type.Unsafe<LedgersConfig>(
  Type.Object(
    {
      lanes: count({
        default: 0,
        minimum: 0,
        maximum: 64,
        description: "executions of one batch at once; 0 means one per processor",
      }),
      sealMs: count({
        default: 200,
        minimum: 1,
        maximum: 60_000,
        description: "longest that a transaction waits while fewer than a batch's worth do",
      }),
      batchTransactions: count({
        default: 1_000,
        minimum: 1,
        maximum: 10_000,
        description: "transactions of one batch",
      }),
      batchFuel: count({
        default: 100_000_000_000,
        minimum: 1,
        maximum: Number.MAX_SAFE_INTEGER,
        description: "sum of the fuel that the transactions of a batch may use",
      }),
      waitingTransactions: count({
        default: 10_000,
        minimum: 1,
        maximum: 1_000_000,
        description: "transactions of one ledger that may wait for a batch",
      }),
    },
    { additionalProperties: false, default: {} },
  ),
);

/** The limits of this replica's ledgers. */
export function ledgerLimitsOf(config: LedgersConfig): LedgersLimits {
  const { lanes, sealMs, batchTransactions, batchFuel, waitingTransactions } = config;
  return {
    lanes: lanes === 0 ? availableParallelism() : lanes,
    sealMs,
    batchTransactionsMax: batchTransactions,
    batchFuelMax: batchFuel,
    waitingMax: waitingTransactions,
  };
}
