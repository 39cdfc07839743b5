import type { Position } from "@bedplate/events";
import { defineSchema, Type } from "@bedplate/schema";
import { DocumentTable } from "@bedplate/state";
import {
  type Delivery,
  deliverySchema,
  type OpenDelivery,
  openDeliverySchema,
  type Webhook,
  webhookSchema,
} from "./webhook.ts";

/** `webhook/<project>/<id>` */
export const webhookTable: DocumentTable<Webhook> = new DocumentTable({
  name: "webhook",
  schema: webhookSchema,
});

/** `delivery/<project>/<webhook>/<id>` */
export const deliveryTable: DocumentTable<Delivery> = new DocumentTable({
  name: "delivery",
  schema: deliverySchema,
});

/** `open/<webhook>/<id>`: deliveries that wait; what whoever delivers looks at. */
export const openTable: DocumentTable<OpenDelivery> = new DocumentTable({
  name: "open",
  schema: openDeliverySchema,
});

/** `tally/<project>`: how many webhooks it has; not there when it has none. */
export const tallyTable: DocumentTable<{ readonly webhooks: number }> = new DocumentTable({
  name: "tally",
  schema: defineSchema(
    Type.Object({ webhooks: Type.Integer({ minimum: 1 }) }, { additionalProperties: false }),
  ),
});

/** `collected/events`: up to where deliveries were made of events. */
export const collectedTable: DocumentTable<Position> = new DocumentTable({
  name: "collected",
  schema: defineSchema(Type.Record(Type.String(), Type.Integer({ minimum: 0 }))),
});

/** The one entry of `collectedTable`. */
export const collectedId = "events";

/** Where the webhook of a delivery is. */
export function webhookIdOf(delivery: Pick<Delivery, "project" | "webhook">): string {
  return `${delivery.project}/${delivery.webhook}`;
}

/** Where a delivery is. */
export function deliveryIdOf(delivery: Pick<Delivery, "project" | "webhook" | "id">): string {
  return `${delivery.project}/${delivery.webhook}/${delivery.id}`;
}

/** Where a waiting delivery is. */
export function openIdOf(delivery: Pick<Delivery, "webhook" | "id">): string {
  return `${delivery.webhook}/${delivery.id}`;
}
