import type { Digest } from "@bedplate/codec";
import { raise } from "@bedplate/errors";
import type {
  AccessList,
  Batch,
  LedgerPlace,
  LedgerService,
  LedgerState,
  TransactionReceipt,
  TransactionStatus,
} from "@bedplate/ledgers";
import { releaseId } from "@bedplate/registry";
import {
  type AccessListView,
  type BatchView,
  type CreateLedgerBody,
  createLedger,
  exportLedger,
  getAccessList,
  getBatch,
  getLedger,
  getTransaction,
  type LedgerView,
  listBatches,
  listLedgers,
  listReceipts,
  type ReceiptView,
  readState,
  rollbackLedger,
  type StateQueryView,
  type SubmitTransactionBody,
  submitTransaction,
  type TransactionView,
} from "@bedplate/routes";
import { bytesOf, viewBytes } from "../run-view.ts";
import { type Endpoint, type Exchange, endpoint } from "./exchange.ts";

/** Everything under `/v1/ledgers`. */
export function ledgerEndpoints(ledgers: LedgerService): readonly Endpoint[] {
  return [
    ...ledgerRoutes(ledgers),
    ...transactionRoutes(ledgers),
    ...batchRoutes(ledgers),
    endpoint(readState, async (exchange) => {
      const part = await ledgers.state(placeOf(exchange), readQueryKeys(exchange.query));
      const entries = part.entries.map(({ key, value }) => ({
        key: viewBytes(key),
        value: viewBytes(value),
      }));
      return { batch: part.number, root: part.root, entries, hasMore: part.hasMore };
    }),
  ];
}

function ledgerRoutes(ledgers: LedgerService): readonly Endpoint[] {
  return [
    endpoint(createLedger, async ({ principal, body }) =>
      viewLedger(await ledgers.create({ ...readCreate(body), project: principal.project })),
    ),
    endpoint(listLedgers, async ({ principal }) => ({
      ledgers: (await ledgers.list(principal.project)).map(viewLedger),
    })),
    endpoint(getLedger, async (exchange) => viewLedger(await ledgers.get(placeOf(exchange)))),
    endpoint(rollbackLedger, async (exchange) =>
      viewLedger(await ledgers.rollback(placeOf(exchange), exchange.body.to)),
    ),
    endpoint(exportLedger, async (exchange) => {
      const { digest, bytes, number, root } = await ledgers.export(
        placeOf(exchange),
        exchange.body.at,
      );
      return { digest, bytes, batch: number, root };
    }),
  ];
}

function transactionRoutes(ledgers: LedgerService): readonly Endpoint[] {
  return [
    endpoint(submitTransaction, async (exchange) => {
      const { idempotencyKey, body } = exchange;
      const request = { ...readTransaction(body), idempotencyKey };
      return viewTransaction(await ledgers.submit(placeOf(exchange), request));
    }),
    endpoint(getTransaction, async (exchange) => {
      const { params, query, signal } = exchange;
      const id = params["id"] ?? "";
      const place = placeOf(exchange);
      if (query.waitMs === undefined) return viewTransaction(await ledgers.transaction(place, id));
      const until = AbortSignal.any([signal, AbortSignal.timeout(query.waitMs)]);
      return viewTransaction(await ledgers.wait(place, { id, signal: until }));
    }),
  ];
}

function batchRoutes(ledgers: LedgerService): readonly Endpoint[] {
  return [
    endpoint(listBatches, async (exchange) => {
      const { batches, next } = await ledgers.batches(placeOf(exchange), exchange.query);
      return { batches: batches.map(viewBatch), ...(next !== undefined && { next }) };
    }),
    endpoint(getBatch, async (exchange) =>
      viewBatch(await ledgers.batch(placeOf(exchange), numberOf(exchange))),
    ),
    endpoint(listReceipts, async (exchange) => {
      const place = placeOf(exchange);
      const number = numberOf(exchange) ?? (await ledgers.batch(place)).number;
      const page = await ledgers.receipts(place, { ...exchange.query, number });
      const receipts = page.receipts.map(viewReceipt);
      return { receipts, ...(page.next !== undefined && { next: page.next }) };
    }),
    endpoint(getAccessList, async (exchange) => {
      const place = placeOf(exchange);
      const number = numberOf(exchange) ?? (await ledgers.batch(place)).number;
      return viewAccessList(await ledgers.accessList(place, number));
    }),
  ];
}

function placeOf({ principal, params }: Pick<Exchange, "principal" | "params">): LedgerPlace {
  return { project: principal.project, name: params["name"] ?? "" };
}

/** Undefined stands for the last one. */
function numberOf({ params }: Pick<Exchange, "params">): number | undefined {
  const text = params["number"] ?? "";
  if (text === "last") return undefined;
  if (/^\d{1,15}$/.test(text)) return Number(text);
  throw raise("argument.invalid", {
    op: "ledgers.batch",
    detail: { path: "/number", rule: "must be a whole number, or last" },
    message: `Cannot find the batch "${text}": it must be a whole number, or last`,
  });
}

function readCreate(
  body: CreateLedgerBody,
): Omit<Parameters<LedgerService["create"]>[0], "project"> {
  const { genesis, snapshot, ...rest } = body;
  return {
    ...rest,
    ...(snapshot !== undefined && { snapshot: snapshot as Digest }),
    ...(genesis !== undefined && {
      genesis: genesis.map(({ key, value }) => ({ key: bytesOf(key), value: bytesOf(value) })),
    }),
  };
}

function readTransaction(body: SubmitTransactionBody): Parameters<LedgerService["submit"]>[1] {
  const { artifact, input, access, ...rest } = body;
  return {
    ...rest,
    artifact: artifact as Digest,
    input: input === undefined ? new Uint8Array() : bytesOf(input),
    ...(access !== undefined && {
      access: { reads: access.reads.map(bytesOf), writes: access.writes.map(bytesOf) },
    }),
  };
}

function readQueryKeys(query: StateQueryView): Parameters<LedgerService["state"]>[1] {
  const { key, prefix, after, form = "text", ...rest } = query;
  const read = (name: string, text: string | undefined) =>
    text === undefined ? undefined : readKey(name, { text, form });
  return {
    ...rest,
    key: read("key", key),
    prefix: read("prefix", prefix),
    after: read("after", after),
  };
}

const keyForms = {
  text: { pattern: /^/, encoding: "utf8" },
  hex: { pattern: /^([0-9a-fA-F]{2})*$/, encoding: "hex" },
  base64: { pattern: /^[A-Za-z0-9+/]*={0,2}$/, encoding: "base64" },
} as const;

function readKey(
  name: string,
  { text, form }: { readonly text: string; readonly form: keyof typeof keyForms },
): Uint8Array {
  const { pattern, encoding } = keyForms[form];
  if (pattern.test(text)) return Buffer.from(text, encoding);
  throw raise("argument.invalid", {
    op: "ledgers.state",
    detail: { path: `/${name}`, rule: `must be ${form}` },
    message: `Cannot read the state: /${name} must be ${form}`,
  });
}

function viewLedger({ ledger, head }: LedgerState): LedgerView {
  const { name, slot, order, scheduler, commitment, retainBatches, createdAt } = ledger;
  const { number: batch, root, oldest } = head.document;
  const fixed = { name, slot, order, scheduler, commitment, retainBatches, createdAt };
  return { ...fixed, batch, root, oldest };
}

function viewTransaction(status: TransactionStatus): TransactionView {
  const { transaction, phase, batch, receipt, fault, reason } = status;
  const { id, sender, artifact, entry, priority, gasPrice, budget, submittedAt } = transaction;
  return {
    id,
    phase,
    sender,
    artifact,
    entry,
    priority,
    gasPrice,
    budget,
    submittedAt,
    ...(batch !== undefined && { batch }),
    ...(receipt !== undefined && { receipt: viewReceipt(receipt) }),
    ...(fault !== undefined && { fault }),
    ...(reason !== undefined && { reason }),
  };
}

function viewReceipt(receipt: TransactionReceipt): ReceiptView {
  const { outcome, events, ...plain } = receipt;
  const output = "output" in outcome ? { output: viewBytes(outcome.output) } : {};
  return {
    ...plain,
    outcome: { ...outcome, ...output } as ReceiptView["outcome"],
    events: events.map(({ topic, data }) => ({ topic, data: viewBytes(data) })),
  };
}

function viewBatch(batch: Batch): BatchView {
  const { release, serial: _, ...rest } = batch;
  return { ...rest, ...(release !== undefined && { release: releaseId(release) }) };
}

function viewAccessList(list: AccessList): AccessListView {
  return { keys: list.map(({ key, ...rest }) => ({ key: viewBytes(key), ...rest })) };
}
