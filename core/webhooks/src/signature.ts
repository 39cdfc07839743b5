import { createHmac } from "node:crypto";
import type { Random } from "@bedplate/clock";
import type { Webhook, WebhookSecret } from "./webhook.ts";

const prefix = "whsec_";
const secretBytes = 32;

/** A new secret, as it is shown once. */
export function makeSecret(random: Random, now: number): WebhookSecret {
  const text = `${prefix}${Buffer.from(random.bytes(secretBytes)).toString("base64")}`;
  return { text, createdAt: now };
}

/** The headers of one attempt, as Standard Webhooks names them: one signature for each secret that counts. */
export function signedHeaders(
  webhook: Pick<Webhook, "secrets">,
  message: { readonly id: string; readonly body: string; readonly now: number },
): Readonly<Record<string, string>> {
  const { id, body, now } = message;
  const seconds = String(Math.floor(now / 1_000));
  const signatures = webhook.secrets
    .filter(({ endsAt }) => endsAt === undefined || endsAt > now)
    .map(({ text }) => `v1,${sign(text, `${id}.${seconds}.${body}`)}`);
  return {
    "webhook-id": id,
    "webhook-timestamp": seconds,
    "webhook-signature": signatures.join(" "),
  };
}

function sign(secret: string, text: string): string {
  const key = Buffer.from(secret.slice(prefix.length), "base64");
  return createHmac("sha256", key).update(text).digest("base64");
}
