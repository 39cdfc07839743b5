import { eventKindPattern, type Position } from "@bedplate/events";
import { defineSchema, type Schema, Type } from "@bedplate/schema";

/** A key that deliveries are signed with; an earlier one counts until it ends. */
export interface WebhookSecret {
  /** `whsec_` and base64, as Standard Webhooks has it. */
  readonly text: string;
  readonly createdAt: number;
  /** Absent: the current one. */
  readonly endsAt?: number | undefined;
}

/** Who outside is told of what happens in a project. */
export interface Webhook {
  readonly id: string;
  readonly project: string;
  readonly url: string;
  /** Kinds or families of events; empty: all. */
  readonly kinds: readonly string[];
  readonly label: string;
  readonly secrets: readonly WebhookSecret[];
  /** It is told of what happens after this. */
  readonly from: Position;
  readonly createdAt: number;
}

/** `waiting` for its turn, or for the next attempt; `dead` when none is left. */
export type DeliveryPhase = "waiting" | "delivered" | "dead";

/** One event on its way to one webhook. */
export interface Delivery {
  /** That of the event. */
  readonly id: string;
  readonly project: string;
  readonly webhook: string;
  readonly kind: string;
  readonly subject: string;
  /** What is sent, as it is signed. */
  readonly body: string;
  readonly phase: DeliveryPhase;
  readonly attempts: number;
  /** With so many attempts it is dead. */
  readonly attemptsMax: number;
  readonly createdAt: number;
  /** Of a waiting one: not before this. */
  readonly nextAt: number;
  readonly lastAt?: number | undefined;
  /** The HTTP status of the last answer. */
  readonly status?: number | undefined;
  /** Why the last attempt failed. */
  readonly failure?: string | undefined;
}

/** A delivery that waits, as it is found by whoever delivers. */
export interface OpenDelivery {
  readonly id: string;
  readonly project: string;
  readonly webhook: string;
  readonly subject: string;
  readonly nextAt: number;
}

const closed = { additionalProperties: false } as const;
const text = () => Type.String();
const count = () => Type.Integer({ minimum: 0 });

export const webhookSchema: Schema<Webhook> = defineSchema(
  Type.Object(
    {
      id: text(),
      project: text(),
      url: text(),
      kinds: Type.Array(Type.String({ pattern: eventKindPattern })),
      label: text(),
      secrets: Type.Array(
        Type.Object(
          { text: text(), createdAt: Type.Number(), endsAt: Type.Optional(Type.Number()) },
          closed,
        ),
      ),
      from: Type.Record(Type.String(), count()),
      createdAt: Type.Number(),
    },
    closed,
  ),
);

export const deliverySchema: Schema<Delivery> = defineSchema(
  Type.Object(
    {
      id: text(),
      project: text(),
      webhook: text(),
      kind: text(),
      subject: text(),
      body: text(),
      phase: Type.Union(
        (["waiting", "delivered", "dead"] as const).map((each) => Type.Literal(each)),
      ),
      attempts: count(),
      attemptsMax: count(),
      createdAt: Type.Number(),
      nextAt: Type.Number(),
      lastAt: Type.Optional(Type.Number()),
      status: Type.Optional(Type.Integer()),
      failure: Type.Optional(text()),
    },
    closed,
  ),
) as Schema<Delivery>;

export const openDeliverySchema: Schema<OpenDelivery> = defineSchema(
  Type.Object(
    { id: text(), project: text(), webhook: text(), subject: text(), nextAt: Type.Number() },
    closed,
  ),
);
