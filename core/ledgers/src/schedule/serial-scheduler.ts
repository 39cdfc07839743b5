import { nameOf } from "../byte-name.ts";
import {
  ExecutionFault,
  type ScheduledBatch,
  type ScheduledEffects,
  type TransactionEffect,
} from "./scheduler.ts";
import { OverlaidState, TransactionReads } from "./transaction-reads.ts";

/** One transaction after the other: what every other scheduler is measured against. */
export async function runSerially(batch: ScheduledBatch): Promise<ScheduledEffects> {
  const { base, count, lanes, signal } = batch;
  const [lane] = lanes;
  const written = new Map<string, Uint8Array | null>();
  const effects: TransactionEffect[] = [];
  for (let index = 0; index < count; index++) {
    signal.throwIfAborted();
    const reads = new TransactionReads(new OverlaidState(base, (name) => written.get(name)));
    try {
      const execution = await lane.execute(index, reads);
      for (const { key, value } of execution.writes) written.set(nameOf(key), value);
      effects.push({ execution, reads: reads.seen });
    } catch (error) {
      throw new ExecutionFault(index, { cause: error });
    }
  }
  return { effects, repeated: 0 };
}
