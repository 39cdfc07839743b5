import { isFault, raise } from "@bedplate/errors";
import type { StateCheck, StateOp, StateStore, StoredDocument, Waiting } from "@bedplate/state";
import type { Delivery, Webhook } from "./webhook.ts";
import { deliveriesKeptMs, webhooksMax } from "./webhook-limits.ts";
import {
  deliveryIdOf,
  deliveryTable,
  openIdOf,
  openTable,
  tallyTable,
  webhookTable,
} from "./webhook-tables.ts";

/** Part of the deliveries of a webhook. */
export interface DeliveryPage {
  readonly deliveries: readonly Delivery[];
  readonly next?: string | undefined;
}

/** How often a change is tried against others that are faster; more than a project has webhooks. */
const triesMax = 2 * webhooksMax;
/** How many deliveries are forgotten in one step. */
const forgetMax = 500;

/** Webhooks and deliveries as records. */
export class WebhookStore {
  readonly state: StateStore;

  constructor(state: StateStore) {
    this.state = state;
  }

  /** Records a new webhook; refuses one more than a project may have. */
  async add(webhook: Webhook): Promise<void> {
    const { project, id } = webhook;
    const key = `${project}/${id}`;
    await insist(async () => {
      const { check, op } = await this.#counted(project, 1);
      await this.state.commit({
        checks: [check, webhookTable.absent(key)],
        ops: [op, webhookTable.put(key, webhook)],
      });
    });
  }

  async get(project: string, id: string): Promise<StoredDocument<Webhook>> {
    const found = await webhookTable.get(this.state, `${project}/${id}`);
    if (found === null) throw missing("webhook", id);
    return found;
  }

  async list(project: string): Promise<readonly Webhook[]> {
    return (await this.#under(`${project}/`)).map(({ document }) => document);
  }

  /** Every webhook of every project. */
  all(options: Waiting = {}): Promise<readonly StoredDocument<Webhook>[]> {
    return this.#under("", options);
  }

  async change(project: string, id: string, next: (webhook: Webhook) => Webhook): Promise<Webhook> {
    return insist(async () => {
      const found = await this.get(project, id);
      const webhook = next(found.document);
      await this.state.commit({
        checks: [webhookTable.at(found)],
        ops: [webhookTable.put(found.id, webhook)],
      });
      return webhook;
    });
  }

  /**
   * Removes a webhook: nothing is delivered to it any more, and nothing is committed for it. Its deliveries
   * go after it: those that wait are found by what is open, which therefore goes last.
   */
  async remove(project: string, id: string): Promise<void> {
    await insist(async () => {
      const found = await this.get(project, id);
      const { check, op } = await this.#counted(project, -1);
      await this.state.commit({
        checks: [check, webhookTable.at(found)],
        ops: [op, webhookTable.delete(found.id)],
      });
    });
    await this.#forget(deliveryTable.key(`${project}/${id}/`));
    await this.#forget(openTable.key(`${id}/`));
  }

  async delivery(
    ref: Pick<Delivery, "project" | "webhook" | "id">,
  ): Promise<StoredDocument<Delivery>> {
    const found = await deliveryTable.get(this.state, deliveryIdOf(ref));
    if (found === null) throw missing("delivery", ref.id);
    return found;
  }

  /** The deliveries of a webhook, newest first. */
  async deliveries(
    webhook: Pick<Webhook, "project" | "id">,
    page: { readonly limit?: number | undefined; readonly cursor?: string | undefined },
  ): Promise<DeliveryPage> {
    const prefix = `${webhook.project}/${webhook.id}/`;
    const found = await deliveryTable.list(this.state, { ...page, prefix, reverse: true });
    return { ...found, deliveries: found.documents.map(({ document }) => document) };
  }

  /** What a delivery that is now so leaves: its record, and whether it waits. */
  opsOf(delivery: Delivery): readonly StateOp<string>[] {
    const record = this.#kept(deliveryTable.put(deliveryIdOf(delivery), delivery));
    const openId = openIdOf(delivery);
    if (delivery.phase !== "waiting") return [record, openTable.delete(openId)];
    const { id, project, webhook, subject, nextAt } = delivery;
    return [record, openTable.put(openId, { id, project, webhook, subject, nextAt })];
  }

  async #under(prefix: string, options: Waiting = {}): Promise<StoredDocument<Webhook>[]> {
    const entries = this.state.listAll({ prefix: webhookTable.key(prefix) }, options);
    return Array.fromAsync(entries, (entry) => webhookTable.read(entry));
  }

  /** Counts one more or one less; nobody else may have counted when that is committed. */
  async #counted(
    project: string,
    change: 1 | -1,
  ): Promise<{ readonly check: StateCheck<string>; readonly op: StateOp<string> }> {
    const tally = await tallyTable.get(this.state, project);
    const webhooks = (tally?.document.webhooks ?? (await this.list(project)).length) + change;
    if (webhooks > webhooksMax) throw tooMany();
    return {
      check: tally === null ? tallyTable.absent(project) : tallyTable.at(tally),
      op: webhooks <= 0 ? tallyTable.delete(project) : tallyTable.put(project, { webhooks }),
    };
  }

  async #forget(prefix: string): Promise<void> {
    for (;;) {
      const { entries } = await this.state.list({ prefix, limit: forgetMax });
      if (entries.length === 0) return;
      await this.state.commit({ ops: entries.map(({ key }) => ({ delete: key })) });
    }
  }

  /** Ends by itself, where the store can do that. */
  #kept(op: StateOp<string>): StateOp<string> {
    const { ttl } = this.state.capabilities;
    if (ttl === undefined || !("put" in op)) return op;
    return { ...op, ttlMs: Math.min(deliveriesKeptMs, ttl.ttlMsMax) };
  }
}

/** Does it again while others are faster. */
async function insist<T>(work: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await work();
    } catch (error) {
      if (tries === triesMax || !isFault(error, "version.mismatch")) throw error;
    }
  }
}

function missing(type: "webhook" | "delivery", id: string): Error {
  return raise("resource.missing", {
    op: "webhooks.get",
    subject: `${type}/${id}`,
    detail: { type, id },
    message: `Cannot find ${type}/${id}: there is none in this project`,
  });
}

function tooMany(): Error {
  return raise("quota.exceeded", {
    op: "webhooks.create",
    retry: "never",
    detail: { meter: "webhooks", limit: webhooksMax, asked: webhooksMax + 1 },
    message: `Cannot create the webhook: the project has ${webhooksMax} already, as many as it may have`,
  });
}
