import { newId } from "@bedplate/clock";
import { raise } from "@bedplate/errors";
import { Herald } from "./herald/herald.ts";
import { makeSecret } from "./signature.ts";
import type { Delivery, Webhook, WebhookSecret } from "./webhook.ts";
import {
  attemptsMax,
  kindsMax,
  labelCharactersMax,
  secretKeptMsDefault,
  secretKeptMsMax,
  secretsMax,
  urlCharactersMax,
} from "./webhook-limits.ts";
import { type DeliveryPage, WebhookStore } from "./webhook-store.ts";
import { deliveryTable, webhookTable } from "./webhook-tables.ts";
import type { WebhooksModules } from "./webhooks-modules.ts";

/** What a webhook is asked for. */
export interface WebhookRequest {
  readonly project: string;
  readonly url: string;
  /** Default: all. */
  readonly kinds?: readonly string[] | undefined;
  readonly label?: string | undefined;
}

/** A webhook with its secret, which is told this once. */
export interface NewWebhook {
  readonly webhook: Webhook;
  readonly secret: string;
}

/** Webhooks: who outside is told of what happens, signed, at least once, in the order of each subject. */
export class WebhookService implements AsyncDisposable {
  readonly #modules: WebhooksModules;
  readonly #store: WebhookStore;
  readonly #herald: Herald;

  constructor(modules: WebhooksModules) {
    this.#modules = modules;
    this.#store = new WebhookStore(modules.state);
    this.#herald = new Herald(modules, this.#store);
  }

  /** Begins to deliver, whenever no other replica does. */
  start(): void {
    this.#herald.start();
  }

  /** Makes a webhook, which is told of all that happens from now on. */
  async create(request: WebhookRequest): Promise<NewWebhook> {
    const { clock, random, feed, transport } = this.#modules;
    const { project, url, kinds = [], label = "" } = request;
    refuseBeyond("webhooks.create", "/url", { is: url.length, max: urlCharactersMax });
    refuseBeyond("webhooks.create", "/kinds", { is: kinds.length, max: kindsMax });
    refuseBeyond("webhooks.create", "/label", { is: label.length, max: labelCharactersMax });
    transport.check(url);
    const now = clock.now();
    const secret = makeSecret(random, now);
    const id = newId("webhook", now, random);
    const from = await feed.head();
    const webhook = { id, project, url, kinds, label, secrets: [secret], from, createdAt: now };
    await this.#store.add(webhook);
    this.#herald.wake();
    return { webhook, secret: secret.text };
  }

  list(project: string): Promise<readonly Webhook[]> {
    return this.#store.list(project);
  }

  /** The secrets of a webhook that count now, newest first. */
  secretsOf({ secrets }: Pick<Webhook, "secrets">): readonly WebhookSecret[] {
    const now = this.#modules.clock.now();
    return secrets.filter(({ endsAt }) => endsAt === undefined || endsAt > now);
  }

  async get(project: string, id: string): Promise<Webhook> {
    return (await this.#store.get(project, id)).document;
  }

  /**
   * Makes a new secret; deliveries are signed with the earlier one as well, for a while. Throws
   * `quota.exceeded` while as many count as may: each was promised to.
   */
  async rotate(
    project: string,
    id: string,
    options: { readonly keepMs?: number | undefined } = {},
  ): Promise<NewWebhook> {
    const { clock, random } = this.#modules;
    const { keepMs = secretKeptMsDefault } = options;
    refuseBeyond("webhooks.rotate", "/keepMs", { is: keepMs, max: secretKeptMsMax });
    const now = clock.now();
    const secret = makeSecret(random, now);
    const webhook = await this.#store.change(project, id, (before) => {
      const secrets = [secret, ...stillGood(before.secrets, { now, endsAt: now + keepMs })];
      if (secrets.length > secretsMax) throw tooManySecrets();
      return { ...before, secrets };
    });
    return { webhook, secret: secret.text };
  }

  remove(project: string, id: string): Promise<void> {
    return this.#store.remove(project, id);
  }

  /** What was and what is to be delivered, newest first. */
  async deliveries(
    project: string,
    id: string,
    page: { readonly limit?: number | undefined; readonly cursor?: string | undefined } = {},
  ): Promise<DeliveryPage> {
    await this.#store.get(project, id);
    return this.#store.deliveries({ project, id }, page);
  }

  /** Delivers once more what was delivered or is dead; `phase.illegal` while it waits. */
  async redeliver(ref: Pick<Delivery, "project" | "webhook" | "id">): Promise<Delivery> {
    const webhook = await this.#store.get(ref.project, ref.webhook);
    const found = await this.#store.delivery(ref);
    const { document: before } = found;
    if (before.phase === "waiting") throw stillWaiting(before.id);
    const again: Delivery = {
      ...before,
      phase: "waiting",
      attemptsMax: before.attempts + attemptsMax,
      nextAt: this.#modules.clock.now(),
    };
    const { state } = this.#modules;
    const checks = [webhookTable.at(webhook), deliveryTable.at(found)];
    await state.commit({ checks, ops: this.#store.opsOf(again) });
    this.#herald.wake();
    return again;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#herald[Symbol.asyncDispose]();
  }
}

/** The secret before counts until `endsAt`, and none longer than it was going to. */
function stillGood(
  secrets: readonly WebhookSecret[],
  { now, endsAt }: { readonly now: number; readonly endsAt: number },
): readonly WebhookSecret[] {
  return secrets
    .map((each) => ({ ...each, endsAt: Math.min(each.endsAt ?? endsAt, endsAt) }))
    .filter((each) => each.endsAt > now);
}

function refuseBeyond(
  op: string,
  path: string,
  { is, max }: { readonly is: number; readonly max: number },
): void {
  if (is <= max) return;
  throw raise("argument.invalid", {
    op,
    detail: { path, rule: `must be at most ${max}` },
    message: `Cannot use ${path} of a webhook: it is ${is}, and may be at most ${max}`,
  });
}

function tooManySecrets(): Error {
  return raise("quota.exceeded", {
    op: "webhooks.rotate",
    detail: { meter: "secrets", limit: secretsMax, asked: secretsMax + 1 },
    message: `Cannot make another secret: ${secretsMax} count already; wait until an earlier one ends`,
  });
}

function stillWaiting(id: string): Error {
  return raise("phase.illegal", {
    op: "webhooks.redeliver",
    subject: `delivery/${id}`,
    detail: { op: "redeliver", phase: "waiting" },
    message: `Cannot deliver ${id} again: it waits to be delivered`,
  });
}
