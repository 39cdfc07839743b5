export { rebaseWebhooks } from "./rebase-webhooks.ts";
export type { Delivery, DeliveryPhase, Webhook } from "./webhook.ts";
export {
  kindsMax,
  labelCharactersMax,
  secretKeptMsMax,
  urlCharactersMax,
} from "./webhook-limits.ts";
export { type NewWebhook, type WebhookRequest, WebhookService } from "./webhook-service.ts";
export type { DeliveryPage } from "./webhook-store.ts";
export type {
  WebhookAnswer,
  WebhookPost,
  WebhooksModules,
  WebhookTransport,
} from "./webhooks-modules.ts";
