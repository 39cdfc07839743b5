import type { BindingView, PolicyView } from "@bedplate/routes";
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
    print(invocation.terminal, bound, wordBinding);
    return exitCodes.success;
  },
};

export const slotsBind: Command = {
  name: "slots bind",
  summary: "Bind a new slot to a release",
  operands: "SLOT RELEASE",
  options: {},
  optionHelp: {},
  async run(invocation) {
    const slot = operandOf(invocation, "a slot");
    const release = parseRelease(operandOf(invocation, "a release", { at: 1 }));
    await using connection = await connect(invocation, { slots: [] });
    const bound = await connection.client.registry.bind(slot, release);
    print(invocation.terminal, bound, wordBinding);
    return exitCodes.success;
  },
};

export const slotsUnbind: Command = {
  name: "slots unbind",
  summary: "Take a slot away; old work ends where it is",
  operands: "SLOT",
  options: { drain: { type: "string" } },
  optionHelp: { drain: "how long old work may go on (default: 60s)" },
  async run(invocation) {
    const slot = operandOf(invocation, "a slot");
    const drainMs = durationOption(invocation, "drain");
    await using connection = await connect(invocation, { slots: [] });
    await connection.client.registry.unbind(slot, { drainMs });
    print(invocation.terminal, { slot, isBound: false }, () => `${slot} unbound`);
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

function wordBinding({ slot, release, generation }: BindingView): string {
  return `${slot} ${release} generation ${generation}`;
}

/** Bounds are changed one by one: a file with one of them keeps the others. */
function changed(policy: PolicyView, change: Partial<PolicyView>): PolicyView {
  return {
    ...policy,
    ...change,
    ceiling: { ...policy.ceiling, ...change.ceiling },
    standard: { ...policy.standard, ...change.standard },
  };
}
