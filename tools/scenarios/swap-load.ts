import { isFault } from "@bedplate/errors";
import type { TransactionView } from "@bedplate/routes";
import type { Bedplate } from "@bedplate/sdk";
import { randomCall, type UnsignedCall } from "../../core/ledgers/test/scenarios/evm-world.ts";
import { Dice } from "../../core/ledgers/test/scenarios/random-batches.ts";

/** Accounts that call. */
export const holders = 24;
/** Calls that are submitted before it is looked whether those before them are in a batch. */
const groupSize = 32;
const submittersCount = 8;
const fuel = 3_000_000;

interface LoadTarget {
  readonly ledger: string;
  /** The chain's digest. */
  readonly artifact: string;
}

/** Random calls for a ledger: each is submitted under its own key until it is answered, in whichever life. */
export class SwapLoad {
  readonly calls: UnsignedCall[] = [];
  /** Numbers of calls by the ids of their transactions. */
  readonly acknowledged: Map<string, number> = new Map<string, number>();
  /** Numbers of calls that could be in no block when they came. */
  readonly refused: Set<number> = new Set<number>();
  readonly #dice: Dice;
  readonly #target: LoadTarget;
  #open: number[] = [];

  constructor(target: LoadTarget, seed: string) {
    this.#target = target;
    this.#dice = new Dice(`${seed}/calls`);
  }

  /** Keeps about two groups waiting, until the signal says that it is enough. */
  async run(client: Bedplate, signal: AbortSignal): Promise<void> {
    let before: string | undefined;
    while (!signal.aborted) {
      const numbers = Array.from({ length: groupSize }, () => this.#next());
      const last = await this.#submitAll(client, { numbers, signal });
      if (before !== undefined && !signal.aborted) await this.#settled(client, before);
      before = last;
    }
  }

  /** What was not answered yet. */
  async finish(client: Bedplate): Promise<void> {
    const { signal } = new AbortController();
    while (this.#open.length > 0) {
      await this.#submitAll(client, { numbers: this.#open.splice(0, groupSize), signal });
    }
  }

  #next(): number {
    return this.#open.shift() ?? this.calls.push(randomCall(this.#dice, holders)) - 1;
  }

  /** The last transaction that was taken. */
  async #submitAll(
    client: Bedplate,
    work: { readonly numbers: readonly number[]; readonly signal: AbortSignal },
  ): Promise<string | undefined> {
    const waiting = [...work.numbers];
    let last: string | undefined;
    const submitter = async (): Promise<void> => {
      for (let number = waiting.shift(); number !== undefined; number = waiting.shift()) {
        if (work.signal.aborted) this.#open.push(number);
        else last = (await this.#submit(client, number)) ?? last;
      }
    };
    await Promise.all(Array.from({ length: submittersCount }, submitter));
    return last;
  }

  async #submit(client: Bedplate, number: number): Promise<string | undefined> {
    try {
      const { id } = await client.ledgers.submit(this.#target.ledger, {
        artifact: { digest: this.#target.artifact },
        entry: "transact-unsigned",
        input: JSON.stringify(this.calls[number]),
        budget: { fuel },
        idempotencyKey: `key-${number}`,
      });
      this.acknowledged.set(id, number);
      return id;
    } catch (error) {
      if (isFault(error, "argument.invalid")) this.refused.add(number);
      else await this.#later(number);
      return undefined;
    }
  }

  /** The server is away, or the slot between two releases. */
  async #later(number: number): Promise<void> {
    this.#open.push(number);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }

  async #settled(client: Bedplate, id: string): Promise<void> {
    const ask = (): Promise<TransactionView | undefined> =>
      client.ledgers
        .transaction(this.#target.ledger, id, { waitMs: 20_000 })
        .catch(() => undefined);
    // Away: the life is over, and whoever runs this says so.
    await ask();
  }
}
