import type { Position } from "@bedplate/events";
import type { StateStore } from "@bedplate/state";
import { WebhookStore } from "./webhook-store.ts";
import { collectedId, collectedTable, webhookTable } from "./webhook-tables.ts";

/** Has the webhooks of a state begin at the head of another history, which they were copied to. */
export async function rebaseWebhooks(state: StateStore, head: Position): Promise<void> {
  const webhooks = await new WebhookStore(state).all();
  for (const { id, document } of webhooks) {
    await state.commit({ ops: [webhookTable.put(id, { ...document, from: head })] });
  }
  if (webhooks.length === 0) return;
  await state.commit({ ops: [collectedTable.put(collectedId, head)] });
}
