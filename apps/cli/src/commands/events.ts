import type { ProjectEventView } from "@bedplate/routes";
import {
  type Command,
  countOption,
  type Invocation,
  isSet,
  textOption,
  textOptions,
} from "../command.ts";
import { connect } from "../connect.ts";
import { exitCodes } from "../exit-codes.ts";
import { print, table } from "../terminal.ts";
import { UsageError } from "../usage-error.ts";

/** Commands that only read need no environment. */
const none: readonly string[] = [];

export const events: Command = {
  name: "events",
  summary: "List what happened to runs, machines and builds, or follow what happens",
  operands: "",
  options: {
    follow: { type: "boolean", short: "f" },
    kind: { type: "string", multiple: true },
    subject: { type: "string" },
    after: { type: "string" },
    limit: { type: "string" },
  },
  optionHelp: {
    follow: "go on until Ctrl-C, from now on or after a cursor",
    kind: "a kind such as machine.running, or a family such as machine; repeatable (default: all)",
    subject: "only of this, for example machine/ID",
    after: "a cursor (default: all that is remembered)",
    limit: "most events of the page (default: 100)",
  },
  run: (invocation) => (isSet(invocation, "follow") ? follow(invocation) : list(invocation)),
};

async function list(invocation: Invocation): Promise<number> {
  await using connection = await connect(invocation, { slots: none });
  const limit = countOption(invocation, "limit");
  const { signal } = invocation;
  const page = await connection.client.events.list({ ...queryOf(invocation), limit, signal });
  print(invocation.terminal, page, (found) => {
    const rows = table(["AT", "KIND", "SUBJECT", "DETAIL"], found.events.map(rowOf));
    return found.isAtEnd ? rows : `${rows}\nnext: --after ${found.cursor}`;
  });
  return exitCodes.success;
}

async function follow(invocation: Invocation): Promise<number> {
  const { terminal, signal } = invocation;
  if (textOption(invocation, "limit") !== undefined)
    throw new UsageError("--limit is of a page, and --follow of none");
  await using connection = await connect(invocation, { isServerNeeded: true });
  try {
    for await (const event of connection.client.events.follow({
      ...queryOf(invocation),
      signal,
    })) {
      const line = terminal.isJson ? JSON.stringify(event) : rowOf(event).join("  ");
      terminal.out(`${line}\n`);
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  }
  return exitCodes.success;
}

function queryOf(invocation: Invocation) {
  return {
    kinds: textOptions(invocation, "kind"),
    subject: textOption(invocation, "subject"),
    after: textOption(invocation, "after"),
  };
}

function rowOf({ at, kind, subject, detail }: ProjectEventView): readonly string[] {
  const facts = Object.entries(detail).map(([name, value]) => `${name}=${value}`);
  return [new Date(at).toISOString(), kind, subject, facts.join(" ")];
}
