import type { EventView } from "@bedplate/routes";
import type { Command } from "../command.ts";
import { connect } from "../connect.ts";
import { exitCodes } from "../exit-codes.ts";
import { pageHelp, pageOf, pageOptions } from "../page-options.ts";
import { pageTable, print } from "../terminal.ts";

export const journal: Command = {
  name: "journal",
  summary: "List what happened to releases, slots and policies, oldest first",
  operands: "",
  options: pageOptions,
  optionHelp: pageHelp("events"),
  async run(invocation) {
    await using connection = await connect(invocation, { slots: [] });
    const page = await connection.client.registry.journal(pageOf(invocation));
    print(invocation.terminal, page, ({ events, next }) =>
      pageTable([["AT", "ACTION", "SUBJECT", "DETAIL"], events.map(rowOf)], next),
    );
    return exitCodes.success;
  },
};

function rowOf({ at, action, subject, detail }: EventView): readonly string[] {
  const facts = Object.entries(detail).map(([name, value]) => `${name}=${value}`);
  return [new Date(at).toISOString(), action, subject, facts.join(" ")];
}
