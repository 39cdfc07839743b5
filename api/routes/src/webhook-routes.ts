import { type PageQuery, pageQuerySchema } from "./platform-views.ts";
import { json, nothing, type Route } from "./route.ts";
import {
  type CreateWebhookBody,
  createWebhookSchema,
  type DeliveryPageView,
  type DeliveryView,
  deliveryPageSchema,
  deliveryViewSchema,
  type NewWebhookView,
  newWebhookSchema,
  type RotateBody,
  rotateSchema,
  type WebhookListView,
  type WebhookView,
  webhookListSchema,
  webhookViewSchema,
} from "./webhook-views.ts";

export const createWebhook: Route<never, CreateWebhookBody, NewWebhookView> = {
  id: "webhooks.create",
  method: "POST",
  path: "/v1/webhooks",
  role: "admin",
  summary: "Be told of events by POST, from now on; the secret is shown this once",
  body: json(createWebhookSchema),
  answer: json(newWebhookSchema),
  status: 201,
  faults: [],
};

export const listWebhooks: Route<never, never, WebhookListView> = {
  id: "webhooks.list",
  method: "GET",
  path: "/v1/webhooks",
  role: "admin",
  summary: "The webhooks of the project",
  body: nothing,
  answer: json(webhookListSchema),
  status: 200,
  faults: [],
};

export const getWebhook: Route<never, never, WebhookView> = {
  id: "webhooks.get",
  method: "GET",
  path: "/v1/webhooks/{id}",
  role: "admin",
  summary: "A webhook",
  body: nothing,
  answer: json(webhookViewSchema),
  status: 200,
  faults: [],
};

export const deleteWebhook: Route<never, never, Record<string, never>> = {
  id: "webhooks.delete",
  method: "DELETE",
  path: "/v1/webhooks/{id}",
  role: "admin",
  summary: "Be told no more; what waits is not delivered",
  body: nothing,
  answer: nothing,
  status: 204,
  faults: [],
};

export const rotateWebhook: Route<never, RotateBody, NewWebhookView> = {
  id: "webhooks.rotate",
  method: "POST",
  path: "/v1/webhooks/{id}/secret",
  role: "admin",
  summary: "Make a new secret, shown this once; the one before counts for a while longer",
  body: json(rotateSchema),
  answer: json(newWebhookSchema),
  status: 200,
  faults: [],
};

export const listDeliveries: Route<PageQuery, never, DeliveryPageView> = {
  id: "webhooks.deliveries",
  method: "GET",
  path: "/v1/webhooks/{id}/deliveries",
  role: "admin",
  summary: "What was and is to be delivered to a webhook, newest first; kept for seven days",
  query: pageQuerySchema,
  body: nothing,
  answer: json(deliveryPageSchema),
  status: 200,
  faults: [],
};

export const redeliver: Route<never, never, DeliveryView> = {
  id: "webhooks.redeliver",
  method: "POST",
  path: "/v1/webhooks/{id}/deliveries/{delivery}/redeliver",
  role: "admin",
  summary: "Deliver once more what was delivered or is dead",
  body: nothing,
  answer: json(deliveryViewSchema),
  status: 202,
  faults: ["phase.illegal", "version.mismatch"],
};

/** Every route of webhooks. */
export const webhookRoutes: readonly Route[] = [
  createWebhook,
  listWebhooks,
  getWebhook,
  deleteWebhook,
  rotateWebhook,
  listDeliveries,
  redeliver,
] as readonly Route[];
