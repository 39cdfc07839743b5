import {
  ExecutionFault,
  type Lane,
  type Scheduler,
  type TransactionEffect,
} from "../schedule/scheduler.ts";
import type { WrittenState } from "../schedule/written-state.ts";
import type { Transaction } from "../transaction.ts";
import type { BatchJudge } from "./judged-effects.ts";

interface RoundsOptions {
  readonly transactions: readonly Transaction[];
  readonly lanes: readonly [Lane, ...Lane[]];
  readonly scheduler: Scheduler;
  readonly signal: AbortSignal;
}

interface RoundsParts {
  /** What opened the batch; gets what its transactions write. */
  readonly written: WrittenState;
  readonly judge: BatchJudge;
}

/**
 * Executes the transactions of a batch in rounds, each as long as what is in it surely fits, until the
 * batch is full: however many wait, at most one is executed that is not in the batch for want of fuel.
 * Rounds change nothing but that, because each begins on what those before it left.
 */
export async function executeRounds(
  options: RoundsOptions,
  { written, judge }: RoundsParts,
): Promise<void> {
  const { transactions } = options;
  for (let from = 0; from < transactions.length; ) {
    const effects = await executeRound(options, { from, count: judge.ahead(from), written });
    const taken = effects.findIndex((effect, n) => !judge.take(from + n, effect));
    const end = taken < 0 ? effects.length : taken;
    for (const { execution } of effects.slice(0, end)) written.add(execution);
    if (taken >= 0) return;
    from += end;
  }
}

async function executeRound(
  { transactions, lanes, scheduler, signal }: RoundsOptions,
  round: { readonly from: number; readonly count: number; readonly written: WrittenState },
): Promise<readonly TransactionEffect[]> {
  const { from, count, written } = round;
  const behind = (lane: Lane): Lane => ({
    execute: (index, reads) => lane.execute(from + index, reads),
  });
  const [first, ...others] = lanes;
  try {
    const { effects } = await scheduler({
      count,
      base: written,
      lanes: [behind(first), ...others.map(behind)],
      accessOf: (index) => transactions[from + index]?.access,
      signal,
    });
    return effects;
  } catch (error) {
    throw error instanceof ExecutionFault ? moved(error, from) : error;
  }
}

/** The same failure, by its place in the batch. */
function moved({ index, cause }: ExecutionFault, from: number): ExecutionFault {
  return new ExecutionFault(from + index, { cause });
}
