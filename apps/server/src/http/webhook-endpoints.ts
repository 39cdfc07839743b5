import {
  createWebhook,
  type DeliveryView,
  deleteWebhook,
  getWebhook,
  listDeliveries,
  listWebhooks,
  redeliver,
  rotateWebhook,
  type WebhookView,
} from "@bedplate/routes";
import type { Delivery, Webhook, WebhookService } from "@bedplate/webhooks";
import { type Endpoint, endpoint } from "./exchange.ts";

/** Everything under `/v1/webhooks`. */
export function webhookEndpoints(webhooks: WebhookService): readonly Endpoint[] {
  return [...recordEndpoints(webhooks), ...deliveryEndpoints(webhooks)];
}

function recordEndpoints(webhooks: WebhookService): readonly Endpoint[] {
  return [
    endpoint(createWebhook, async ({ principal, body }) => {
      const { webhook, secret } = await webhooks.create({ project: principal.project, ...body });
      return { webhook: viewWebhook(webhook, webhooks), secret };
    }),
    endpoint(listWebhooks, async ({ principal }) => ({
      webhooks: (await webhooks.list(principal.project)).map((each) => viewWebhook(each, webhooks)),
    })),
    endpoint(getWebhook, async ({ principal, params }) =>
      viewWebhook(await webhooks.get(principal.project, params["id"] ?? ""), webhooks),
    ),
    endpoint(deleteWebhook, async ({ principal, params }) => {
      await webhooks.remove(principal.project, params["id"] ?? "");
      return {};
    }),
    endpoint(rotateWebhook, async ({ principal, params, body }) => {
      const { project } = principal;
      const { webhook, secret } = await webhooks.rotate(project, params["id"] ?? "", body);
      return { webhook: viewWebhook(webhook, webhooks), secret };
    }),
  ];
}

function deliveryEndpoints(webhooks: WebhookService): readonly Endpoint[] {
  return [
    endpoint(listDeliveries, async ({ principal, params, query }) => {
      const id = params["id"] ?? "";
      const { deliveries, next } = await webhooks.deliveries(principal.project, id, query);
      return { deliveries: deliveries.map(viewDelivery), ...(next !== undefined && { next }) };
    }),
    endpoint(redeliver, async ({ principal, params }) => {
      const { id: webhook = "", delivery: id = "" } = params;
      return viewDelivery(await webhooks.redeliver({ project: principal.project, webhook, id }));
    }),
  ];
}

/** Of the secrets only that they are there, while they count. */
function viewWebhook(webhook: Webhook, webhooks: WebhookService): WebhookView {
  const { project: _, from: _from, secrets: _secrets, ...rest } = webhook;
  const secrets = webhooks.secretsOf(webhook).map(({ text: _text, ...each }) => each);
  return { ...rest, secrets };
}

function viewDelivery(delivery: Delivery): DeliveryView {
  const { id, kind, subject, phase, attempts, createdAt, nextAt, lastAt, status, failure } =
    delivery;
  return {
    ...{ id, kind, subject, phase, attempts, createdAt },
    ...(phase === "waiting" && { nextAt }),
    ...(lastAt !== undefined && { lastAt }),
    ...(status !== undefined && { status }),
    ...(failure !== undefined && { failure }),
  };
}
