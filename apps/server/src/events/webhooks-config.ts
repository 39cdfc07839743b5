import { Type } from "@bedplate/schema";

/** What an operator decides about webhooks. */
export interface WebhooksConfig {
  /** Whether endpoints in the operator's own networks are reached, and such without TLS. */
  readonly reachesInside: boolean;
}

export const webhooksConfigType: Type.TUnsafe<WebhooksConfig> = Type.Unsafe<WebhooksConfig>(
  Type.Object(
    {
      reachesInside: Type.Boolean({
        default: false,
        description:
          "whether webhooks reach private and loopback addresses, and endpoints without TLS",
      }),
    },
    { additionalProperties: false, default: {} },
  ),
);
