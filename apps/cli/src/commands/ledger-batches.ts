import { readFileSync, statSync } from "node:fs";
import type {
  BatchView,
  BytesView,
  LedgerEntryView,
  ReceiptView,
  TransactionView,
} from "@bedplate/routes";
import { fromBytesView, type SubmitTransactionOptions } from "@bedplate/sdk";
import { budgetOf } from "../amounts.ts";
import {
  type Command,
  countOption,
  type Invocation,
  isSet,
  operandOf,
  textOption,
} from "../command.ts";
import { connect } from "../connect.ts";
import { exitCodeOfTransaction, exitCodes } from "../exit-codes.ts";
import { pageHelp, pageOf, pageOptions } from "../page-options.ts";
import { missingFile, readInput } from "../read-input.ts";
import { pageTable, print, table } from "../terminal.ts";
import { UsageError } from "../usage-error.ts";
import { numberOf } from "./ledger.ts";

const none: readonly string[] = [];

export const ledgerSubmit: Command = {
  name: "ledger submit",
  summary: "Submit a transaction, and say what came of it",
  operands: "LEDGER FILE|DIGEST",
  options: {
    entry: { type: "string" },
    text: { type: "string" },
    hex: { type: "string" },
    input: { type: "string" },
    sender: { type: "string" },
    priority: { type: "string" },
    "gas-price": { type: "string" },
    fuel: { type: "string" },
    once: { type: "string" },
    "no-wait": { type: "boolean" },
  },
  optionHelp: {
    entry: "function to call (default: main)",
    text: "the input, as a text",
    hex: "the input, in hex digits",
    input: "file with the input",
    sender: "whose transaction it is (default: the project)",
    priority: "0 to 9, higher first (default: 5)",
    "gas-price": "what it pays, for the order gas-price (default: 0)",
    fuel: "bound on work, for example 10m",
    once: "idempotency key: the same again does nothing",
    "no-wait": "do not wait for its batch",
  },
  async run(invocation) {
    const name = operandOf(invocation, "the name of a ledger");
    const artifact = artifactOf(operandOf(invocation, "a file or a digest", { at: 1 }));
    const request = requestOf(invocation, artifact);
    const slot = await slotOfLedger(invocation, name);
    await using connection = await connect(invocation, { slots: [slot] });
    const { ledgers } = connection.client;
    const submitted = await ledgers.submit(name, request);
    const isAwaited = !isSet(invocation, "no-wait");
    const { signal } = invocation;
    const found = isAwaited ? await ledgers.wait(name, submitted.id, { signal }) : submitted;
    print(invocation.terminal, found, wordTransaction);
    return exitCodeOfTransaction(found);
  },
};

export const ledgerBatch: Command = {
  name: "ledger batch",
  summary: "List the batches of a ledger, newest first, or show one",
  operands: "LEDGER [BATCH]",
  options: pageOptions,
  optionHelp: pageHelp("batches"),
  async run(invocation) {
    const name = operandOf(invocation, "the name of a ledger");
    const number = invocation.positionals[1];
    await using connection = await connect(invocation, { slots: none });
    const { ledgers } = connection.client;
    if (number !== undefined) {
      const batch = await ledgers.batch(name, number === "last" ? "last" : numberOf(number));
      print(invocation.terminal, batch, (each) => JSON.stringify(each, null, 2));
      return exitCodes.success;
    }
    const page = await ledgers.batches(name, pageOf(invocation));
    print(invocation.terminal, page, ({ batches, next }) =>
      pageTable(
        [["BATCH", "TRANSACTIONS", "FUEL", "RELEASE", "AT", "ROOT"], batches.map(rowOf)],
        next,
      ),
    );
    return exitCodes.success;
  },
};

export const ledgerReceipts: Command = {
  name: "ledger receipts",
  summary: "List the receipts of a batch",
  operands: "LEDGER [BATCH]",
  options: { from: { type: "string" }, limit: { type: "string" } },
  optionHelp: {
    from: "index of the first one (default: 0)",
    limit: "most receipts of the page (default: 100)",
  },
  async run(invocation) {
    const name = operandOf(invocation, "the name of a ledger");
    const number = invocation.positionals[1] ?? "last";
    await using connection = await connect(invocation, { slots: none });
    const page = await connection.client.ledgers.receipts(
      name,
      number === "last" ? "last" : numberOf(number),
      { from: countOption(invocation, "from"), limit: countOption(invocation, "limit") },
    );
    print(invocation.terminal, page, ({ receipts, next }) =>
      [
        table(["INDEX", "TRANSACTION", "OUTCOME", "FUEL", "RECEIPT"], receipts.map(receiptRow)),
        ...(next === undefined ? [] : [`next: --from ${next}`]),
      ].join("\n"),
    );
    return exitCodes.success;
  },
};

export const ledgerState: Command = {
  name: "ledger state",
  summary: "Print keys and values of a ledger, or the value of one key",
  operands: "LEDGER [KEY]",
  options: {
    at: { type: "string" },
    prefix: { type: "string" },
    after: { type: "string" },
    hex: { type: "boolean" },
    limit: { type: "string" },
  },
  optionHelp: {
    at: "number of the batch (default: the last one)",
    prefix: "only keys that begin so",
    after: "only keys behind this one",
    hex: "keys of this command line are hex digits",
    limit: "most keys (default: 100)",
  },
  async run(invocation) {
    const name = operandOf(invocation, "the name of a ledger");
    const key = invocation.positionals[1];
    await using connection = await connect(invocation, { slots: none });
    const part = await connection.client.ledgers.state(name, {
      at: countOption(invocation, "at"),
      key,
      prefix: textOption(invocation, "prefix"),
      after: textOption(invocation, "after"),
      limit: countOption(invocation, "limit"),
      ...(isSet(invocation, "hex") && { form: "hex" }),
    });
    print(invocation.terminal, part, ({ entries, hasMore }) =>
      [
        table(["KEY", "VALUE"], entries.map(entryRow)),
        ...(hasMore ? ["more: --after the last key"] : []),
      ].join("\n"),
    );
    return key !== undefined && part.entries.length === 0 ? exitCodes.missing : exitCodes.success;
  },
};

/** So that an embedded server mounts that slot alone. */
async function slotOfLedger(invocation: Invocation, name: string): Promise<string> {
  await using connection = await connect(invocation, { slots: none });
  return (await connection.client.ledgers.get(name)).slot;
}

function artifactOf(operand: string): SubmitTransactionOptions["artifact"] {
  if (/^sha256:[0-9a-f]{64}$/.test(operand)) return { digest: operand };
  if (statSync(operand, { throwIfNoEntry: false })?.isFile() !== true) throw missingFile(operand);
  return readFileSync(operand);
}

function requestOf(
  invocation: Invocation,
  artifact: SubmitTransactionOptions["artifact"],
): SubmitTransactionOptions {
  const { fuel } = budgetOf(invocation);
  return {
    artifact,
    entry: textOption(invocation, "entry") ?? "main",
    input: inputOf(invocation),
    sender: textOption(invocation, "sender"),
    priority: countOption(invocation, "priority"),
    gasPrice: countOption(invocation, "gas-price"),
    idempotencyKey: textOption(invocation, "once"),
    ...(fuel !== undefined && { budget: { fuel } }),
  };
}

function inputOf(invocation: Invocation): Uint8Array | string {
  const given = ["text", "hex", "input"].filter((each) => invocation.values[each] !== undefined);
  if (given.length > 1) throw new UsageError(`--${given[0]} excludes --${given[1]}`);
  const hex = textOption(invocation, "hex");
  if (hex !== undefined && !/^([0-9a-fA-F]{2})*$/.test(hex))
    throw new UsageError("--hex takes pairs of hex digits");
  if (hex !== undefined) return Buffer.from(hex, "hex");
  const file = textOption(invocation, "input");
  return file === undefined ? (textOption(invocation, "text") ?? "") : readInput(file);
}

function wordTransaction(found: TransactionView): string {
  const { id, phase, batch, receipt, fault, reason } = found;
  if (fault !== undefined) return `${id} ${phase}: ${fault.message}`;
  if (reason !== undefined) return `${id} ${phase}: ${reason}`;
  if (receipt === undefined) return `${id} ${phase}`;
  const { outcome, fuel, digest, index } = receipt;
  const why = outcome.reason ?? outcome.meter;
  const output = outcome.output === undefined ? "" : wordBytes(outcome.output);
  return [
    `${id} ${outcome.kind}${why === undefined ? "" : `: ${why}`}`,
    ...(output === "" ? [] : [`output ${output}`]),
    `batch ${batch}, index ${index}, ${fuel} fuel, receipt ${digest}`,
  ].join("\n");
}

function rowOf(batch: BatchView): readonly string[] {
  const { number, transactions, fuel, release = "-", at, root } = batch;
  return [
    String(number),
    String(transactions),
    String(fuel),
    release,
    new Date(at).toISOString(),
    root,
  ];
}

function receiptRow({ index, transaction, outcome, fuel, digest }: ReceiptView): readonly string[] {
  return [String(index), transaction, outcome.kind, String(fuel), digest];
}

function entryRow({ key, value }: LedgerEntryView): readonly string[] {
  return [wordBytes(key), wordBytes(value)];
}

/** Text where it can be shown as one, else hex digits. */
function wordBytes(view: BytesView): string {
  if ("text" in view && /^[\x20-\x7e]*$/.test(view.text)) return view.text;
  return `0x${Buffer.from(fromBytesView(view)).toString("hex")}`;
}
