import { writeFileSync } from "node:fs";
import { raise } from "@bedplate/errors";
import type { LedgerView } from "@bedplate/routes";
import type { CreateLedgerOptions } from "@bedplate/sdk";
import {
  type Command,
  countOption,
  type Invocation,
  operandOf,
  textOption,
  wordOption,
} from "../command.ts";
import { connect } from "../connect.ts";
import { exitCodes } from "../exit-codes.ts";
import { readInput, readJson } from "../read-input.ts";
import { print, table } from "../terminal.ts";
import { UsageError } from "../usage-error.ts";

/** Commands that only read need no environment. */
const none: readonly string[] = [];

const orders = ["arrival", "priority", "gas-price"] as const;
const schedulers = ["serial", "optimistic", "access-list"] as const;

/** The commitment of Ethereum's state. */
const patricia = "ethereum-patricia";

const createOptions = {
  slot: { type: "string" },
  order: { type: "string" },
  scheduler: { type: "string" },
  commitment: { type: "string" },
  retain: { type: "string" },
} as const;

const createHelp = {
  slot: "whose environment executes the transactions (default: wasm)",
  order: `order of transactions: ${orders.join(", ")} (default: arrival)`,
  scheduler: `how batches are executed: ${schedulers.join(", ")} (default: optimistic)`,
  commitment: "how the state becomes a root (default: sha256-radix16)",
  retain: "states that can be read and returned to (default: 1000)",
} as const;

export const ledgerCreate: Command = {
  name: "ledger create",
  summary: "Make a ledger",
  operands: "LEDGER",
  options: { ...createOptions, genesis: { type: "string" }, alloc: { type: "string" } },
  optionHelp: {
    ...createHelp,
    genesis: "JSON file with what is there before: an object of texts by key",
    alloc: `JSON file with Ethereum accounts that are there before; the root is then ${patricia}`,
  },
  async run(invocation) {
    const name = operandOf(invocation, "the name of a ledger");
    const request = { ...readCreate(invocation, name), ...(await genesisOf(invocation)) };
    await using connection = await connect(invocation, { slots: [request.slot] });
    print(invocation.terminal, await connection.client.ledgers.create(request), wordLedger);
    return exitCodes.success;
  },
};

export const ledgerLs: Command = {
  name: "ledger ls",
  summary: "List the ledgers of the project",
  operands: "",
  options: {},
  optionHelp: {},
  async run(invocation) {
    await using connection = await connect(invocation, { slots: none });
    const ledgers = await connection.client.ledgers.list();
    print(invocation.terminal, { ledgers }, (found) =>
      table(
        ["LEDGER", "SLOT", "BATCH", "ROOT", "CREATED"],
        found.ledgers.map((each) => [
          each.name,
          each.slot,
          String(each.batch),
          each.root,
          new Date(each.createdAt).toISOString(),
        ]),
      ),
    );
    return exitCodes.success;
  },
};

export const ledgerGet: Command = {
  name: "ledger get",
  summary: "Show a ledger: its last batch and root",
  operands: "LEDGER",
  options: {},
  optionHelp: {},
  async run(invocation) {
    const name = operandOf(invocation, "the name of a ledger");
    await using connection = await connect(invocation, { slots: none });
    const found = await connection.client.ledgers.get(name);
    print(invocation.terminal, found, (each) => JSON.stringify(each, null, 2));
    return exitCodes.success;
  },
};

export const ledgerRollback: Command = {
  name: "ledger rollback",
  summary: "Return to the state after an earlier batch; the batches behind it are gone",
  operands: "LEDGER BATCH",
  options: {},
  optionHelp: {},
  async run(invocation) {
    const name = operandOf(invocation, "the name of a ledger");
    const to = numberOf(operandOf(invocation, "the number of a batch", { at: 1 }));
    await using connection = await connect(invocation, { slots: none });
    print(invocation.terminal, await connection.client.ledgers.rollback(name, to), wordLedger);
    return exitCodes.success;
  },
};

export const ledgerExport: Command = {
  name: "ledger export",
  summary: "Write the state after a batch to a file",
  operands: "LEDGER FILE",
  options: { at: { type: "string" } },
  optionHelp: { at: "number of the batch (default: the last one)" },
  async run(invocation) {
    const name = operandOf(invocation, "the name of a ledger");
    const file = operandOf(invocation, "a file to write", { at: 1 });
    const at = countOption(invocation, "at");
    await using connection = await connect(invocation, { slots: none });
    const { artifacts, ledgers } = connection.client;
    const snapshot = await ledgers.export(name, { at });
    writeFileSync(file, await artifacts.get(snapshot.digest));
    print(invocation.terminal, snapshot, (each) =>
      [`${each.digest}`, `${each.bytes} bytes, batch ${each.batch}, root ${each.root}`].join("\n"),
    );
    return exitCodes.success;
  },
};

export const ledgerImport: Command = {
  name: "ledger import",
  summary: "Make a ledger from a file that `ledger export` wrote",
  operands: "LEDGER FILE",
  options: createOptions,
  optionHelp: createHelp,
  async run(invocation) {
    const name = operandOf(invocation, "the name of a ledger");
    const bytes = readInput(operandOf(invocation, "a snapshot", { at: 1 }));
    const request = readCreate(invocation, name);
    await using connection = await connect(invocation, { slots: [request.slot] });
    const { artifacts, ledgers } = connection.client;
    const { digest } = await artifacts.put(bytes);
    print(invocation.terminal, await ledgers.create({ ...request, snapshot: digest }), wordLedger);
    return exitCodes.success;
  },
};

/** What is there before, in either form; the options that were given win. */
async function genesisOf(invocation: Invocation): Promise<Partial<CreateLedgerOptions>> {
  const [genesis, alloc] = [textOption(invocation, "genesis"), textOption(invocation, "alloc")];
  if (genesis !== undefined && alloc !== undefined)
    throw new UsageError("--alloc excludes --genesis");
  if (genesis !== undefined) return { genesis: readGenesis(genesis) };
  if (alloc === undefined) return {};
  return {
    slot: textOption(invocation, "slot") ?? "evm",
    commitment: textOption(invocation, "commitment") ?? patricia,
    genesis: await readAccounts(alloc),
  };
}

async function readAccounts(file: string): Promise<NonNullable<CreateLedgerOptions["genesis"]>> {
  const { allocEntries } = await import("@bedplate/environment-evm/ledger");
  const { MalformedField } = await import("@bedplate/environment-evm/tools");
  try {
    return await allocEntries(readJson(file));
  } catch (error) {
    if (!(error instanceof MalformedField)) throw error;
    throw badAccounts(file, error);
  }
}

function badAccounts(file: string, cause: Error): Error {
  return raise("argument.invalid", {
    op: "cli.read",
    detail: { path: file, rule: "Ethereum accounts by address" },
    message: `Cannot read ${file}: ${cause.message}`,
    cause,
  });
}

/** The number of a batch. */
export function numberOf(text: string): number {
  if (/^\d{1,15}$/.test(text)) return Number(text);
  throw new UsageError(`"${text}" is not the number of a batch`);
}

function readCreate(invocation: Invocation, name: string): CreateLedgerOptions {
  return {
    name,
    slot: textOption(invocation, "slot") ?? "wasm",
    order: wordOption(invocation, "order", { words: orders }),
    scheduler: wordOption(invocation, "scheduler", { words: schedulers }),
    commitment: textOption(invocation, "commitment"),
    retainBatches: countOption(invocation, "retain"),
  };
}

function readGenesis(file: string): NonNullable<CreateLedgerOptions["genesis"]> {
  const value = readJson(file);
  const isObject = typeof value === "object" && value !== null && !Array.isArray(value);
  if (!isObject) throw new UsageError(`${file} holds no object of texts by key`);
  return Object.entries(value).map(([key, each]) => {
    if (typeof each !== "string") throw new UsageError(`${file}: the value of "${key}" is no text`);
    return { key, value: each };
  });
}

function wordLedger({ name, batch, root }: LedgerView): string {
  return `${name} is at batch ${batch}, root ${root}`;
}
