import { EventFeed } from "@bedplate/events";
import { WebhookService, type WebhooksModules } from "@bedplate/webhooks";
import { eventSources } from "./event-sources.ts";
import { historyEpochOf } from "./history-epoch.ts";
import { webhookTransport } from "./webhook-transport.ts";
import type { WebhooksConfig } from "./webhooks-config.ts";

/** What tells callers and endpoints what happens. */
export interface OpenedEvents extends AsyncDisposable {
  readonly feed: EventFeed;
  readonly webhooks: WebhookService;
}

/** The events and the webhooks of this replica, as the operator bounds them. */
export function openEvents(
  config: WebhooksConfig,
  parts: Omit<WebhooksModules, "transport" | "feed">,
): OpenedEvents {
  const feed = new EventFeed(eventSources(parts.state), {
    epochOf: () => historyEpochOf(parts.state),
  });
  const state = parts.state.in("webhooks");
  const transport = webhookTransport(config);
  const webhooks = new WebhookService({ ...parts, state, feed, transport });
  return { feed, webhooks, [Symbol.asyncDispose]: () => webhooks[Symbol.asyncDispose]() };
}
