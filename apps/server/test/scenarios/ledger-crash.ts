import { join } from "node:path";
import { encodeScript, type FakeStep } from "@bedplate/environment-fake";
import { radixCommitment } from "@bedplate/ledgers";
import type { LedgerView } from "@bedplate/routes";
import { type Bedplate, fromBytesView } from "@bedplate/sdk";
import { startPostgres } from "@bedplate/testkit";
import { untilAnswered } from "./run-ends.ts";
import { type ServerProcess, startServer } from "./server-process.ts";

/** What came of killing servers in the middle of batches. */
export interface LedgerCrashReport {
  readonly kills: number;
  /** Transactions whose submission was answered. */
  readonly acknowledged: number;
  /** Those of them that are in a batch. */
  readonly done: number;
  /** Those whose batch a rollback took away. */
  readonly rolledBack: number;
  /** Acknowledged ones that are neither. */
  readonly lost: number;
  /** Transactions that more than one receipt names, or that count more than once in the state. */
  readonly doubled: number;
  readonly batches: number;
  /** Batches that were too large for one commit. */
  readonly staged: number;
  readonly rollbacks: number;
  /** Rollbacks that did not lead to the root they named. */
  readonly wrongRollbacks: number;
  /** Whether the last root is that of the state, computed from nothing. */
  readonly isRootRight: boolean;
}

export interface LedgerCrashOptions {
  /** One server each; of several, which share their providers, one dies at a time. */
  readonly configs: readonly [object, ...object[]];
  readonly kills: number;
  /** Submissions that are open in a life, or more where many of them are to be fat. */
  readonly perLife: number;
}

const name = "bank";
/** A batch of as many fat transactions has more bytes than one commit may. */
const fatCount = 20;
/** A commit's bytes in every driver of the house. */
const commitBytes = 16 * 1024 * 1024;

/**
 * Submits transactions and rolls back while servers are killed with SIGKILL at random moments; a
 * submission that was not answered is repeated under its idempotency key in a later life.
 */
export async function ledgerCrashScenario(options: LedgerCrashOptions): Promise<LedgerCrashReport> {
  const servers = await Promise.all(options.configs.map((config) => startServer(config)));
  try {
    return await new LedgerCrash(servers, options).run();
  } finally {
    await Promise.all(servers.map((server) => server.kill()));
  }
}

/** A transaction that is to be accepted, in this life or a later one. */
interface Submission {
  readonly number: number;
  readonly isFat: boolean;
}

/** Two servers that share a PostgreSQL and a folder of blobs. */
export async function replicaConfigs(
  folder: string,
): Promise<AsyncDisposable & { readonly configs: readonly [object, object] }> {
  const postgres = await startPostgres();
  const configOf = (server: string) => ({
    data: `file:${join(folder, server)}`,
    listen: { port: 0 },
    ledgers: { sealMs: 60 },
    providers: { state: postgres.url, blob: `file:${join(folder, "blobs")}` },
  });
  return {
    configs: [configOf("one"), configOf("two")],
    [Symbol.asyncDispose]: () => postgres[Symbol.asyncDispose](),
  };
}

class LedgerCrash {
  readonly #servers: ServerProcess[];
  readonly #options: LedgerCrashOptions;
  /** Ids by the numbers of submissions. */
  readonly #acknowledged = new Map<number, string>();
  #open: readonly Submission[] = [];
  #made = 0;
  #artifacts: { readonly thin: string; readonly fat: string } | undefined;
  #rollbacks = 0;
  #wrongRollbacks = 0;

  constructor(servers: ServerProcess[], options: LedgerCrashOptions) {
    this.#servers = servers;
    this.#options = options;
  }

  async run(): Promise<LedgerCrashReport> {
    await this.#prepare();
    for (let life = 0; life < this.#options.kills; life++) await this.#life(life);
    return this.#look();
  }

  /** Any server that lives. */
  get #client(): Bedplate {
    const at = Math.floor(Math.random() * this.#servers.length);
    return (this.#servers[at] ?? this.#servers[0])?.client as Bedplate;
  }

  async #prepare(): Promise<void> {
    const { artifacts, ledgers } = this.#client;
    const [thin, fat] = await Promise.all(
      [thinScript(), fatScript()].map((each) => artifacts.put(each)),
    );
    this.#artifacts = { thin: thin?.digest ?? "", fat: fat?.digest ?? "" };
    await ledgers.create({ name, slot: "fake", order: "gas-price" });
  }

  async #life(life: number): Promise<void> {
    const isFat = life % 3 === 2;
    // What earlier lives left open counts: else a slow host would have more to submit in each life.
    const count = Math.max(fatCount, this.#options.perLife - this.#open.length);
    const fresh = Array.from({ length: count }, (_, n) => ({
      number: this.#made++,
      isFat: isFat && n < fatCount,
    }));
    const work = [...this.#open, ...fresh];
    const { batch } = await this.#client.ledgers.get(name);
    const submitting = this.#submitAll(work);
    const rolling = life % 4 === 3 ? this.#rollBack().catch(() => {}) : undefined;
    await this.#sealing(batch);
    await pause(Math.random() * (isFat ? 1_500 : 250));
    const at = Math.floor(Math.random() * this.#servers.length);
    await this.#servers[at]?.kill();
    await Promise.allSettled([submitting, rolling]);
    this.#servers[at] = await startServer(this.#options.configs[at] ?? {});
    this.#open = work.filter(({ number }) => !this.#acknowledged.has(number));
  }

  /** Until a batch is made in this life: from then on they follow each other. */
  async #sealing(before: number): Promise<void> {
    const deadline = Date.now() + sealingMs * Math.random();
    while (Date.now() < deadline) {
      const { batch } = await this.#client.ledgers.get(name);
      if (batch !== before) return;
      await pause(5);
    }
  }

  async #submitAll(submissions: readonly Submission[]): Promise<void> {
    const { thin = "", fat = "" } = this.#artifacts ?? {};
    await Promise.allSettled(
      submissions.map(async ({ number, isFat }) => {
        // So that there is always something to seal.
        await pause((number % 10) * 40);
        const { id } = await this.#client.ledgers.submit(name, {
          artifact: { digest: isFat ? fat : thin },
          entry: "main",
          input: `own-${number}`,
          sender: `sender-${number % 5}`,
          gasPrice: number % 7,
          idempotencyKey: `key-${number}`,
        });
        this.#acknowledged.set(number, id);
      }),
    );
  }

  async #rollBack(): Promise<void> {
    const client = this.#client;
    const { batch, oldest } = await client.ledgers.get(name);
    const to = Math.max(oldest, batch - Math.floor(Math.random() * 4));
    const { root } = await client.ledgers.batch(name, to);
    const rolled = await client.ledgers.rollback(name, to);
    this.#rollbacks++;
    if (rolled.root !== root || rolled.batch !== to) this.#wrongRollbacks++;
  }

  async #look(): Promise<LedgerCrashReport> {
    const phases = await this.#phases();
    const { receipts, batches } = await this.#receipts();
    const state = await this.#state();
    const ids = new Set(receipts);
    const total = Number(state.get("total") ?? "0");
    const counts = [...state].filter(([key]) => key.startsWith("own-"));
    const twice = counts.filter(([, value]) => value !== "1").length;
    const ledger = await this.#client.ledgers.get(name);
    return {
      kills: this.#options.kills,
      acknowledged: this.#acknowledged.size,
      done: phases.filter((each) => each === "done").length,
      rolledBack: phases.filter((each) => each === "rolled-back").length,
      lost: phases.filter((each) => each !== "done" && each !== "rolled-back").length,
      doubled: receipts.length - ids.size + twice + Math.abs(total - receipts.length),
      batches: batches.length,
      staged: batches.filter((each) => each > commitBytes).length,
      rollbacks: this.#rollbacks,
      wrongRollbacks: this.#wrongRollbacks,
      isRootRight: (await rootOf(state)) === ledger.root,
    };
  }

  async #phases(): Promise<readonly string[]> {
    const ends: string[] = [];
    const waiting = [...this.#acknowledged.values()];
    const ask = async (): Promise<void> => {
      for (let id = waiting.pop(); id !== undefined; id = waiting.pop()) {
        const known = id;
        const look = () => this.#client.ledgers.transaction(name, known, { waitMs: 30_000 });
        ends.push((await untilAnswered(look)).phase);
      }
    };
    await Promise.all(Array.from({ length: asksAtOnce }, ask));
    return ends;
  }

  /** Transactions of all receipts, and how many bytes the batches wrote at least. */
  async #receipts(): Promise<{
    readonly receipts: readonly string[];
    readonly batches: readonly number[];
  }> {
    const { ledgers } = this.#client;
    const { batch: last }: LedgerView = await ledgers.get(name);
    const receipts: string[] = [];
    const batches: number[] = [];
    for (let number = 1; number <= last; number++) {
      let fat = 0;
      for (let from: number | undefined = 0; from !== undefined; ) {
        const page = await ledgers.receipts(name, number, { from, limit: 500 });
        receipts.push(...page.receipts.map((each) => each.transaction));
        fat += page.receipts.filter((each) => each.fuel > fatFuel).length;
        from = page.next;
      }
      batches.push(fat * fatWrites * fatBytes);
    }
    return { receipts, batches };
  }

  async #state(): Promise<ReadonlyMap<string, string>> {
    const { ledgers } = this.#client;
    const entries = new Map<string, string>();
    for (let after: string | undefined; ; ) {
      const part = await ledgers.state(name, { limit: 20, ...(after !== undefined && { after }) });
      for (const { key, value } of part.entries) {
        entries.set(textOf(key), textOf(value));
        after = textOf(key);
      }
      if (!part.hasMore) return entries;
    }
  }
}

const asksAtOnce = 8;
/** Longest wait for the first batch of a life. */
const sealingMs = 7_000;
const fatWrites = 8;
const fatBytes = 110_000;
const fatFuel = 100;

function steps(): FakeStep[] {
  return [
    { do: "add", key: "total", by: 1 },
    { do: "say", topic: "total", from: "value" },
    { do: "add", by: 1 },
  ];
}

function thinScript(): Uint8Array {
  return encodeScript({ steps: steps() });
}

/** Writes so much that few of it fill a commit. */
function fatScript(): Uint8Array {
  const text = "x".repeat(fatBytes);
  const writes = Array.from(
    { length: fatWrites },
    (_, n): FakeStep => ({
      do: "write",
      key: `fat-${n}`,
      text,
    }),
  );
  return encodeScript({ steps: [...steps(), { do: "burn", fuel: fatFuel }, ...writes] });
}

function textOf(view: Parameters<typeof fromBytesView>[0]): string {
  return Buffer.from(fromBytesView(view)).toString();
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

async function rootOf(state: ReadonlyMap<string, string>): Promise<string> {
  const changes = [...state]
    .map(([key, value]) => ({ key: Buffer.from(key), value: Buffer.from(value) }))
    .sort((a, b) => Buffer.compare(a.key, b.key));
  const { emptyRoot } = radixCommitment;
  const nodes = { get: async () => null };
  return (await radixCommitment.update({ root: emptyRoot, changes, nodes })).root;
}
