import { toFault } from "@bedplate/errors";
import type { Providers } from "./open-providers.ts";

/** Whether a provider answers a read: `answers`, or the code of the fault that came instead. */
export type ProviderHealth = Readonly<Record<ProviderName, string>>;

type ProviderName = "state" | "blob" | "cache" | "queue" | "ingress";

/** How long each may take, in milliseconds. */
const answerMs = 2_000;

/** An answer serves everyone who asks within this time, in milliseconds: asking costs the engines little. */
const freshMs = 1_000;

const nobody = "health";

/** The cheapest read of each that its engine has to answer. */
const reads: {
  readonly [K in ProviderName]: (providers: Providers, signal: AbortSignal) => Promise<unknown>;
} = {
  state: ({ state }, signal) => state.in(nobody).get(nobody, { signal }),
  blob: ({ blobs }, signal) => blobs.stat(nobody, { signal }),
  cache: ({ cache }, signal) => cache.in(nobody).get(nobody, { signal }),
  queue: ({ queue }, signal) => queue.depth(nobody, { signal }),
  ingress: ({ ingress }, signal) => ingress.list({ limit: 1 }, { signal }),
};

/** Asks all providers of a server whether they answer. */
export class ProviderHealthCheck {
  readonly #providers: Providers;
  readonly #now: () => number;
  #last: { readonly at: number; readonly health: Promise<ProviderHealth> } | undefined;

  constructor(providers: Providers, now: () => number = () => performance.now()) {
    this.#providers = providers;
    this.#now = now;
  }

  read(): Promise<ProviderHealth> {
    const at = this.#now();
    if (this.#last === undefined || at - this.#last.at >= freshMs) {
      this.#last = { at, health: askAll(this.#providers) };
    }
    return this.#last.health;
  }
}

/** Without its cache a server is slower, and does all that it does with it. */
export function canWork(health: ProviderHealth): boolean {
  return Object.entries(health).every(([name, said]) => said === "answers" || name === "cache");
}

async function askAll(providers: Providers): Promise<ProviderHealth> {
  const names = Object.keys(reads) as ProviderName[];
  const asked = names.map(async (name) => [name, await ask(name, providers)] as const);
  return Object.fromEntries(await Promise.all(asked)) as ProviderHealth;
}

async function ask(name: ProviderName, providers: Providers): Promise<string> {
  try {
    await reads[name](providers, AbortSignal.timeout(answerMs));
    return "answers";
  } catch (error) {
    return toFault(error, `${name}.health`).code;
  }
}
