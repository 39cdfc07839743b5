import {
  type CreateWebhookBody,
  createWebhook,
  type DeliveryPageView,
  type DeliveryView,
  deleteWebhook,
  getWebhook,
  listDeliveries,
  listWebhooks,
  type NewWebhookView,
  type PageQuery,
  type RotateBody,
  redeliver,
  rotateWebhook,
  type WebhookView,
} from "@bedplate/routes";
import type { Transport } from "./transport.ts";

/** Who outside is told of events, and what was delivered. */
export class WebhooksClient {
  readonly #transport: Transport;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  /** Its secret is shown this once. */
  create(body: CreateWebhookBody): Promise<NewWebhookView> {
    return this.#transport.call(createWebhook, { body });
  }

  async list(): Promise<readonly WebhookView[]> {
    return (await this.#transport.call(listWebhooks)).webhooks;
  }

  get(id: string): Promise<WebhookView> {
    return this.#transport.call(getWebhook, { params: { id } });
  }

  async delete(id: string): Promise<void> {
    await this.#transport.call(deleteWebhook, { params: { id } });
  }

  /** A new secret; the one before counts for `keepMs` longer. */
  rotate(id: string, body: RotateBody = {}): Promise<NewWebhookView> {
    return this.#transport.call(rotateWebhook, { params: { id }, body });
  }

  deliveries(id: string, query: PageQuery = {}): Promise<DeliveryPageView> {
    return this.#transport.call(listDeliveries, { params: { id }, query });
  }

  redeliver(id: string, delivery: string): Promise<DeliveryView> {
    return this.#transport.call(redeliver, { params: { id, delivery } });
  }
}
