import type { Clock, Random } from "@bedplate/clock";
import type { EventFeed } from "@bedplate/events";
import type { StateStore } from "@bedplate/state";
import type { Log } from "@bedplate/telemetry";

/** One attempt. */
export interface WebhookPost {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** Aborts when the attempt has taken too long. */
  readonly signal: AbortSignal;
}

/** What an endpoint answered. */
export interface WebhookAnswer {
  readonly status: number;
  /** How long it asks to be left alone. */
  readonly retryAfterMs?: number | undefined;
}

/** What reaches endpoints. It follows no redirects, and reaches only where the operator allows. */
export interface WebhookTransport {
  /** Refuses a URL that can never be reached. */
  check(url: string): void;
  post(post: WebhookPost): Promise<WebhookAnswer>;
}

/** What webhooks are built from. */
export interface WebhooksModules {
  readonly state: StateStore;
  readonly feed: EventFeed;
  readonly transport: WebhookTransport;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  /** Names this process. */
  readonly replica: string;
  /** Names the data: a later replica of the same place knows that the one before is gone. */
  readonly place: string;
}
