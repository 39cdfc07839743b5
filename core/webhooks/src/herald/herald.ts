import { toFault } from "@bedplate/errors";
import type { StateFence } from "@bedplate/state";
import type { WebhookStore } from "../webhook-store.ts";
import type { WebhooksModules } from "../webhooks-modules.ts";
import { Collector } from "./collector.ts";
import { Courier } from "./courier.ts";
import { HeraldLease } from "./herald-lease.ts";
import { Lanes } from "./lanes.ts";

/** How often a replica looks whether there is anything to do for it. */
const lookMs = 2_000;

/** What delivers webhooks: one replica at a time makes deliveries of events, and sends them. */
export class Herald implements AsyncDisposable {
  readonly #modules: WebhooksModules;
  readonly #store: WebhookStore;
  readonly #lease: HeraldLease;
  readonly #closing = new AbortController();
  #wake: (() => void) | undefined;
  #working: Promise<void> = Promise.resolve();

  constructor(modules: WebhooksModules, store: WebhookStore) {
    this.#modules = modules;
    this.#store = store;
    this.#lease = new HeraldLease(modules);
  }

  start(): void {
    this.#working = this.#work();
  }

  /** Says that there is something to do. */
  wake(): void {
    this.#wake?.();
  }

  async #work(): Promise<void> {
    const { signal } = this.#closing;
    while (!signal.aborted) {
      try {
        await this.#serve(signal);
      } catch (error) {
        if (signal.aborted) return;
        const { code, message } = toFault(error, "webhooks.herald");
        this.#modules.log.warn("webhooks not delivered", { code, reason: message });
      }
      await this.#rest(signal);
    }
  }

  /** Delivers for as long as this replica may and there is a webhook. */
  async #serve(closing: AbortSignal): Promise<void> {
    if ((await this.#store.all({ signal: closing })).length === 0) return;
    const fence = await this.#lease.take(closing);
    if (fence === null) return;
    const over = new AbortController();
    const signal = AbortSignal.any([closing, over.signal]);
    const end = () => over.abort(new Error("this replica delivers no more"));
    const keeping = this.#lease.keep(fence, signal).finally(end);
    try {
      await this.#deliver(fence, signal, end);
    } finally {
      end();
      await keeping;
    }
  }

  async #deliver(fence: StateFence, signal: AbortSignal, end: () => void): Promise<void> {
    const parts = { ...this.#modules, store: this.#store, fence, lanes: new Lanes() };
    const courier = new Courier(parts);
    await courier.load(signal);
    const tasks = [new Collector(parts).run(signal), courier.run(signal)];
    try {
      // Each ends when the other one does: with the right to deliver, or with a fault.
      await Promise.race(tasks);
    } finally {
      end();
      await Promise.allSettled(tasks);
    }
  }

  async #rest(signal: AbortSignal): Promise<void> {
    const { clock } = this.#modules;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#wake = resolve;
    const over = new AbortController();
    const either = AbortSignal.any([signal, over.signal]);
    await Promise.race([promise, clock.sleep(lookMs, { signal: either }).catch(() => {})]);
    over.abort();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#closing.signal.aborted) return;
    this.#closing.abort(new Error("the server closes"));
    this.#wake?.();
    await this.#working;
    await this.#lease.drop().catch(() => {});
  }
}
