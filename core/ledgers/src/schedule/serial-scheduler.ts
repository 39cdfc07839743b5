import {
  ExecutionFault,
  type ScheduledBatch,
  type ScheduledEffects,
  type TransactionEffect,
} from "./scheduler.ts";
import { TransactionReads } from "./transaction-reads.ts";
import { WrittenState } from "./written-state.ts";

/** One transaction after the other: what every other scheduler is measured against. */
export async function runSerially(batch: ScheduledBatch): Promise<ScheduledEffects> {
  const { base, count, lanes, signal } = batch;
  const [lane] = lanes;
  const written = new WrittenState(base);
  const effects: TransactionEffect[] = [];
  for (let index = 0; index < count; index++) {
    signal.throwIfAborted();
    const reads = new TransactionReads(written);
    try {
      const execution = await lane.execute(index, reads);
      written.add(execution);
      effects.push({ execution, reads: reads.seen });
    } catch (error) {
      throw new ExecutionFault(index, { cause: error });
    }
  }
  return { effects, repeated: 0 };
}
