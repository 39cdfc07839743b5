import type { PolicyView } from "@bedplate/routes";
import { durationOption } from "../amounts.ts";
import { type Command, operandOf, textOption } from "../command.ts";
import { connect } from "../connect.ts";
import { exitCodes } from "../exit-codes.ts";
import { readJson } from "../read-input.ts";
import { parseRelease } from "../release-name.ts";
import { print } from "../terminal.ts";

export const slotsSwap: Command = {
  name: "slots swap",
  summary: "Bind a slot to another release; old work ends where it is",
  operands: "SLOT RELEASE",
  options: { drain: { type: "string" } },
  optionHelp: { drain: "how long old work may go on (default: 60s)" },
  async run(invocation) {
    const slot = operandOf(invocation, "a slot");
    const release = parseRelease(operandOf(invocation, "a release", { at: 1 }));
    const drainMs = durationOption(invocation, "drain");
    await using connection = await connect(invocation, { isServerNeeded: true });
    const bound = await connection.client.registry.swap(slot, { ...release, drainMs });
    print(
      invocation.terminal,
      bound,
      (each) => `${each.slot} ${each.release} generation ${each.generation}`,
    );
    return exitCodes.success;
  },
};

export const slotsPolicy: Command = {
  name: "slots policy",
  summary: "Show what a slot demands and allows, or change it",
  operands: "SLOT",
  options: { set: { type: "string" } },
  optionHelp: { set: "JSON file with the members to change; - for standard input" },
  async run(invocation) {
    const slot = operandOf(invocation, "a slot");
    const file = textOption(invocation, "set");
    const change = file === undefined ? undefined : (readJson(file) as Partial<PolicyView>);
    await using connection = await connect(invocation, { slots: [] });
    const { registry } = connection.client;
    const earlier = await registry.policy(slot);
    const policy =
      change === undefined ? earlier : await registry.setPolicy(slot, changed(earlier, change));
    print(invocation.terminal, policy, (each) => JSON.stringify(each, null, 2));
    return exitCodes.success;
  },
};

/** Bounds are changed one by one: a file with one of them keeps the others. */
function changed(policy: PolicyView, change: Partial<PolicyView>): PolicyView {
  return {
    ...policy,
    ...change,
    ceiling: { ...policy.ceiling, ...change.ceiling },
    standard: { ...policy.standard, ...change.standard },
  };
}
