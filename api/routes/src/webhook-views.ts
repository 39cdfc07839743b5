import { defineSchema, type Schema, Type } from "@bedplate/schema";
import { kindPattern } from "./event-routes.ts";

export interface CreateWebhookBody {
  /** Where events are posted to. */
  readonly url: string;
  /** Kinds or families of events. Default: all. */
  readonly kinds?: readonly string[] | undefined;
  readonly label?: string | undefined;
}

export interface WebhookView {
  readonly id: string;
  readonly url: string;
  readonly kinds: readonly string[];
  readonly label: string;
  readonly createdAt: number;
  /** Since when each secret that counts is there, newest first, and when an earlier one ends. */
  readonly secrets: readonly { readonly createdAt: number; readonly endsAt?: number | undefined }[];
}

export interface NewWebhookView {
  readonly webhook: WebhookView;
  /** What deliveries are signed with; shown once. */
  readonly secret: string;
}

export interface WebhookListView {
  readonly webhooks: readonly WebhookView[];
}

export interface RotateBody {
  /** How long the secret before still counts. Default: a day. */
  readonly keepMs?: number | undefined;
}

/** One event on its way to one webhook. */
export interface DeliveryView {
  /** That of the event. */
  readonly id: string;
  readonly kind: string;
  readonly subject: string;
  readonly phase: "waiting" | "delivered" | "dead";
  readonly attempts: number;
  readonly createdAt: number;
  /** Of a waiting one: not before this. */
  readonly nextAt?: number | undefined;
  readonly lastAt?: number | undefined;
  /** HTTP status of the last answer. */
  readonly status?: number | undefined;
  /** Why the last attempt failed. */
  readonly failure?: string | undefined;
}

export interface DeliveryPageView {
  readonly deliveries: readonly DeliveryView[];
  readonly next?: string | undefined;
}

const closed = { additionalProperties: false } as const;
const optional = Type.Optional;

export const createWebhookSchema: Schema<CreateWebhookBody> = defineSchema(
  Type.Object(
    {
      url: Type.String({
        minLength: 1,
        maxLength: 2_048,
        pattern: "^https?://[!-~]+$",
        description: "where events are posted to",
      }),
      kinds: optional(
        Type.Array(Type.String({ pattern: `^${kindPattern}$` }), {
          maxItems: 64,
          description: "kinds such as machine.running, or families such as machine (default: all)",
        }),
      ),
      label: optional(Type.String({ maxLength: 128 })),
    },
    closed,
  ),
);

const webhookType = Type.Object({
  id: Type.String(),
  url: Type.String(),
  kinds: Type.Array(Type.String()),
  label: Type.String(),
  createdAt: Type.Number(),
  secrets: Type.Array(Type.Object({ createdAt: Type.Number(), endsAt: optional(Type.Number()) })),
});

export const webhookViewSchema: Schema<WebhookView> = defineSchema(webhookType);

export const newWebhookSchema: Schema<NewWebhookView> = defineSchema(
  Type.Object({ webhook: webhookType, secret: Type.String() }),
);

export const webhookListSchema: Schema<WebhookListView> = defineSchema(
  Type.Object({ webhooks: Type.Array(webhookType) }),
);

export const rotateSchema: Schema<RotateBody> = defineSchema(
  Type.Object(
    {
      keepMs: optional(
        Type.Integer({
          minimum: 0,
          maximum: 604_800_000,
          description: "how long the secret before still counts (default: a day)",
        }),
      ),
    },
    closed,
  ),
);

const deliveryType = Type.Object({
  id: Type.String(),
  kind: Type.String(),
  subject: Type.String(),
  phase: Type.Union([Type.Literal("waiting"), Type.Literal("delivered"), Type.Literal("dead")]),
  attempts: Type.Integer(),
  createdAt: Type.Number(),
  nextAt: optional(Type.Number()),
  lastAt: optional(Type.Number()),
  status: optional(Type.Integer()),
  failure: optional(Type.String()),
});

export const deliveryViewSchema: Schema<DeliveryView> = defineSchema(deliveryType);

export const deliveryPageSchema: Schema<DeliveryPageView> = defineSchema(
  Type.Object({ deliveries: Type.Array(deliveryType), next: optional(Type.String()) }),
);
