import type { DeliveryView } from "@bedplate/routes";
import { durationOption } from "../amounts.ts";
import { type Command, operandOf, textOption, textOptions } from "../command.ts";
import { connect } from "../connect.ts";
import { exitCodes } from "../exit-codes.ts";
import { pageHelp, pageOf, pageOptions } from "../page-options.ts";
import { pageTable, print, table } from "../terminal.ts";

/** Commands that only read and write records need no environment. */
const none: readonly string[] = [];

export const webhookAdd: Command = {
  name: "webhook add",
  summary: "Have events posted to a URL, and print the secret that signs them, this once",
  operands: "URL",
  options: { kind: { type: "string", multiple: true }, label: { type: "string" } },
  optionHelp: {
    kind: "a kind such as machine.running, or a family such as machine; repeatable (default: all)",
    label: "what it is for",
  },
  async run(invocation) {
    const url = operandOf(invocation, "a URL");
    const label = textOption(invocation, "label");
    const kinds = textOptions(invocation, "kind");
    await using connection = await connect(invocation, { slots: none });
    const made = await connection.client.webhooks.create({
      url,
      ...(kinds.length > 0 && { kinds }),
      ...(label !== undefined && { label }),
    });
    print(invocation.terminal, made, ({ webhook, secret }) => `${webhook.id}\n${secret}`);
    return exitCodes.success;
  },
};

export const webhookLs: Command = {
  name: "webhook ls",
  summary: "List the webhooks of the project",
  operands: "",
  options: {},
  optionHelp: {},
  async run(invocation) {
    await using connection = await connect(invocation, { slots: none });
    const webhooks = await connection.client.webhooks.list();
    print(invocation.terminal, { webhooks }, (found) =>
      table(
        ["WEBHOOK", "URL", "KINDS", "CREATED", "LABEL"],
        found.webhooks.map((each) => [
          ...[each.id, each.url, each.kinds.join(",") || "all"],
          ...[new Date(each.createdAt).toISOString(), each.label || "-"],
        ]),
      ),
    );
    return exitCodes.success;
  },
};

export const webhookRm: Command = {
  name: "webhook rm",
  summary: "Remove a webhook; what waits is not delivered",
  operands: "WEBHOOK",
  options: {},
  optionHelp: {},
  async run(invocation) {
    const id = operandOf(invocation, "the id of a webhook");
    await using connection = await connect(invocation, { slots: none });
    await connection.client.webhooks.delete(id);
    print(invocation.terminal, { id }, () => `${id} removed`);
    return exitCodes.success;
  },
};

export const webhookRotate: Command = {
  name: "webhook rotate",
  summary: "Make a new secret of a webhook, and print it, this once",
  operands: "WEBHOOK",
  options: { keep: { type: "string" } },
  optionHelp: { keep: "how long the secret before still counts (default: 24h)" },
  async run(invocation) {
    const id = operandOf(invocation, "the id of a webhook");
    const keepMs = durationOption(invocation, "keep");
    await using connection = await connect(invocation, { slots: none });
    const made = await connection.client.webhooks.rotate(
      id,
      keepMs === undefined ? {} : { keepMs },
    );
    print(invocation.terminal, made, ({ secret }) => secret);
    return exitCodes.success;
  },
};

export const webhookDeliveries: Command = {
  name: "webhook deliveries",
  summary: "List what was and is to be delivered to a webhook, newest first",
  operands: "WEBHOOK",
  options: pageOptions,
  optionHelp: pageHelp("deliveries"),
  async run(invocation) {
    const id = operandOf(invocation, "the id of a webhook");
    await using connection = await connect(invocation, { slots: none });
    const page = await connection.client.webhooks.deliveries(id, pageOf(invocation));
    const heading = ["DELIVERY", "KIND", "SUBJECT", "PHASE", "ATTEMPTS", "STATUS", "FAILURE"];
    print(invocation.terminal, page, ({ deliveries, next }) =>
      pageTable([heading, deliveries.map(rowOf)], next),
    );
    return exitCodes.success;
  },
};

export const webhookRedeliver: Command = {
  name: "webhook redeliver",
  summary: "Deliver once more what was delivered or is dead",
  operands: "WEBHOOK DELIVERY",
  options: {},
  optionHelp: {},
  async run(invocation) {
    const id = operandOf(invocation, "the id of a webhook");
    const delivery = operandOf(invocation, "the id of a delivery", { at: 1 });
    await using connection = await connect(invocation, { slots: none });
    const again = await connection.client.webhooks.redeliver(id, delivery);
    print(invocation.terminal, again, (each) => `${each.id} waits`);
    return exitCodes.success;
  },
};

function rowOf(delivery: DeliveryView): readonly string[] {
  const { id, kind, subject, phase, attempts, status, failure } = delivery;
  return [id, kind, subject, phase, String(attempts), String(status ?? "-"), failure ?? "-"];
}
