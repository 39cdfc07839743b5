import type { NodeView } from "@bedplate/routes";
import { type Command, operandOf } from "../command.ts";
import { connect } from "../connect.ts";
import { exitCodes } from "../exit-codes.ts";
import { print, table } from "../terminal.ts";

export const nodeLs: Command = {
  name: "node ls",
  summary: "List the hosts that run machines",
  operands: "",
  options: {},
  optionHelp: {},
  async run(invocation) {
    await using connection = await connect(invocation, { slots: [] });
    const nodes = await connection.client.nodes.list();
    print(invocation.terminal, { nodes }, (found) =>
      table(
        ["NODE", "STATE", "MACHINES", "SLOTS", "LABELS", "URL"],
        found.nodes.map((each) => [
          each.name,
          each.state,
          String(each.machines),
          each.slots.map(({ slot }) => slot).join(","),
          Object.entries(each.labels)
            .map(([name, value]) => `${name}=${value}`)
            .join(","),
          each.url ?? "",
        ]),
      ),
    );
    return exitCodes.success;
  },
};

export const nodeGet: Command = {
  name: "node get",
  summary: "Show a host that runs machines",
  operands: "NODE",
  options: {},
  optionHelp: {},
  async run(invocation) {
    const name = operandOf(invocation, "the name of a node");
    await using connection = await connect(invocation, { slots: [] });
    const node = await connection.client.nodes.get(name);
    print(invocation.terminal, node, (each) => JSON.stringify(each, null, 2));
    return exitCodes.success;
  },
};

export const nodeDrain: Command = {
  name: "node drain",
  summary: "Give a node no more machines, and move those that it has",
  operands: "NODE",
  options: { stay: { type: "boolean" } },
  optionHelp: { stay: "leave its machines there until they end" },
  async run(invocation) {
    const name = operandOf(invocation, "the name of a node");
    const machines = invocation.values["stay"] === true ? "stay" : "move";
    await using connection = await connect(invocation, { slots: [], isServerNeeded: true });
    const node = await connection.client.nodes.drain(name, { machines });
    print(invocation.terminal, node, wordNode);
    return exitCodes.success;
  },
};

export const nodeUndrain: Command = {
  name: "node undrain",
  summary: "Give a node machines again",
  operands: "NODE",
  options: {},
  optionHelp: {},
  async run(invocation) {
    const name = operandOf(invocation, "the name of a node");
    await using connection = await connect(invocation, { slots: [], isServerNeeded: true });
    const node = await connection.client.nodes.undrain(name);
    print(invocation.terminal, node, wordNode);
    return exitCodes.success;
  },
};

function wordNode({ name, state, machines }: NodeView): string {
  return `${name} ${state}, ${machines} machines`;
}
