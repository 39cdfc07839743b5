import { patriciaCommitment } from "@bedplate/environment-evm/ledger";
import type { BatchView, TransactionView } from "@bedplate/routes";
import { type Bedplate, fromBytesView } from "@bedplate/sdk";
import { untilAnswered } from "../../apps/server/test/scenarios/run-ends.ts";
import type {
  RecordedBatch,
  ReplayedTransaction,
} from "../../core/ledgers/test/scenarios/evm-replay.ts";
import type { SwapLoad } from "./swap-load.ts";

/** Requests at once. */
const atOnce = 8;

/** Every transaction that was taken, once it has come to its end. */
export async function settledViews(
  client: Bedplate,
  ledger: string,
  ids: Iterable<string>,
): Promise<ReadonlyMap<string, TransactionView>> {
  const views = new Map<string, TransactionView>();
  const waiting = [...ids];
  const ask = async (): Promise<void> => {
    for (let id = waiting.pop(); id !== undefined; id = waiting.pop()) {
      const known = id;
      const look = () => client.ledgers.transaction(ledger, known, { waitMs: 30_000 });
      views.set(known, await untilAnswered(look));
    }
  };
  await Promise.all(Array.from({ length: atOnce }, ask));
  return views;
}

/** Every batch of a ledger by its number, but the genesis. */
export async function recordedHeaders(
  client: Bedplate,
  ledger: string,
): Promise<readonly BatchView[]> {
  const headers: BatchView[] = [];
  for (let cursor: string | undefined, isFirst = true; isFirst || cursor !== undefined; ) {
    const range = { limit: 200, ...(cursor !== undefined && { cursor }) };
    const page = await client.ledgers.batches(ledger, range);
    headers.push(...page.batches.filter(({ number }) => number > 0));
    [cursor, isFirst] = [page.next, false];
  }
  return headers.sort((a, b) => a.number - b.number);
}

/** The same with their transactions, as a replay takes them. */
export async function* recordedBatches(
  client: Bedplate,
  ledger: string,
  known: {
    readonly headers: readonly BatchView[];
    readonly load: SwapLoad;
    readonly views: ReadonlyMap<string, TransactionView>;
  },
): AsyncGenerator<RecordedBatch> {
  const { headers } = known;
  for (let at = 0; at < headers.length; at += atOnce) {
    const some = headers.slice(at, at + atOnce);
    yield* await Promise.all(
      some.map(async ({ number, at: time, root, receipts, accessList }) => {
        const transactions = await transactionsOf(client, { ledger, number, ...known });
        return { number, at: time, root, receipts, accessList, transactions };
      }),
    );
  }
}

async function transactionsOf(
  client: Bedplate,
  batch: {
    readonly ledger: string;
    readonly number: number;
    readonly load: SwapLoad;
    readonly views: ReadonlyMap<string, TransactionView>;
  },
): Promise<readonly ReplayedTransaction[]> {
  const { ledger, number, load, views } = batch;
  const transactions: ReplayedTransaction[] = [];
  for (let from: number | undefined = 0; from !== undefined; ) {
    const page = await client.ledgers.receipts(ledger, number, { from, limit: 500 });
    for (const { transaction: id, index } of page.receipts) {
      const view = views.get(id);
      const call = load.calls[load.acknowledged.get(id) ?? -1];
      if (view === undefined || call === undefined) throw new Error(`Nobody submitted ${id}`);
      const { sender, budget, priority, gasPrice } = view;
      transactions.push({ id, index, call, sender, budget, priority, gasPrice });
    }
    from = page.next;
  }
  return transactions;
}

/** The root of the state that a ledger has, as if all of it had come at once. */
export async function rootOfState(client: Bedplate, ledger: string): Promise<string> {
  const changes: { readonly key: Uint8Array; readonly value: Uint8Array }[] = [];
  for (let after: string | undefined, hasMore = true; hasMore; ) {
    const range = { limit: 1_000, ...(after !== undefined && { after, form: "hex" as const }) };
    const part = await client.ledgers.state(ledger, range);
    for (const { key, value } of part.entries) {
      changes.push({ key: fromBytesView(key), value: fromBytesView(value) });
    }
    after = Buffer.from(changes.at(-1)?.key ?? []).toString("hex");
    hasMore = part.hasMore;
  }
  const { emptyRoot: root } = patriciaCommitment;
  const nodes = { get: async () => null };
  return (await patriciaCommitment.update({ root, changes, nodes })).root;
}
