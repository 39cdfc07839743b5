import type { RunView } from "@bedplate/routes";
import { fromBytesView } from "@bedplate/sdk";
import {
  type Command,
  type Invocation,
  isSet,
  operandOf,
  textOption,
  wordOption,
} from "../command.ts";
import { connect } from "../connect.ts";
import { exitCodes } from "../exit-codes.ts";
import { pageHelp, pageOf, pageOptions } from "../page-options.ts";
import { pageTable, print } from "../terminal.ts";

/** Commands on recorded runs need no environment; `replay` needs the run's. */
const none: readonly string[] = [];

const phases = ["queued", "running", "done", "failed", "cancelled"] as const;

export const runsLs: Command = {
  name: "runs ls",
  summary: "List runs, newest first",
  operands: "",
  options: {
    slot: { type: "string" },
    phase: { type: "string" },
    labels: { type: "string" },
    ...pageOptions,
  },
  optionHelp: {
    slot: "only this slot",
    phase: "only this phase: queued, running, done, failed or cancelled",
    labels: "only with these labels: name=value,...",
    ...pageHelp("runs"),
  },
  async run(invocation) {
    await using connection = await connect(invocation, { slots: none });
    const page = await connection.client.runs.list({
      slot: textOption(invocation, "slot"),
      phase: wordOption(invocation, "phase", { words: phases }),
      labels: textOption(invocation, "labels"),
      ...pageOf(invocation),
    });
    print(invocation.terminal, page, ({ runs, next }) =>
      pageTable([["RUN", "RELEASE", "PHASE", "OUTCOME", "CREATED", "NAME"], runs.map(rowOf)], next),
    );
    return exitCodes.success;
  },
};

export const runsGet: Command = {
  name: "runs get",
  summary: "Show a run",
  operands: "RUN",
  options: {},
  optionHelp: {},
  async run(invocation) {
    const id = operandOf(invocation, "the id of a run");
    await using connection = await connect(invocation, { slots: none });
    const found = await connection.client.runs.get(id);
    print(invocation.terminal, found, (each) => JSON.stringify(each, null, 2));
    return exitCodes.success;
  },
};

export const runsLogs: Command = {
  name: "runs logs",
  summary: "Print what a run wrote",
  operands: "RUN",
  options: { follow: { type: "boolean", short: "f" } },
  optionHelp: { follow: "go on until the run ends" },
  async run(invocation) {
    const id = operandOf(invocation, "the id of a run");
    const { terminal, signal } = invocation;
    await using connection = await connect(invocation, { slots: none });
    const follow = isSet(invocation, "follow");
    for await (const event of connection.client.runs.logs(id, { follow, signal })) {
      if (terminal.isJson) terminal.out(`${JSON.stringify(event)}\n`);
      else if (event.topic === "stderr")
        terminal.err(Buffer.from(fromBytesView(event.data)).toString());
      else terminal.out(fromBytesView(event.data));
    }
    return exitCodes.success;
  },
};

export const runsCancel: Command = {
  name: "runs cancel",
  summary: "Take a run back",
  operands: "RUN",
  options: {},
  optionHelp: {},
  async run(invocation) {
    const id = operandOf(invocation, "the id of a run");
    await using connection = await connect(invocation, { slots: none });
    const found = await connection.client.runs.cancel(id);
    print(invocation.terminal, found, (each) => `${each.id} ${each.phase}`);
    return exitCodes.success;
  },
};

export const runsReplay: Command = {
  name: "runs replay",
  summary: "Execute a run again and compare the receipts",
  operands: "RUN",
  options: {},
  optionHelp: {},
  async run(invocation) {
    const id = operandOf(invocation, "the id of a run");
    const slot = await slotOfRun(invocation, id);
    await using connection = await connect(invocation, { slots: [slot] });
    const replay = await connection.client.runs.replay(id);
    print(invocation.terminal, replay, ({ isSame, recorded, replayed }) =>
      isSame ? `same ${recorded}` : `different: recorded ${recorded}, replayed ${replayed}`,
    );
    return replay.isSame ? exitCodes.success : exitCodes.failure;
  },
};

/** So that an embedded server mounts that slot alone. */
async function slotOfRun(invocation: Invocation, id: string): Promise<string> {
  await using connection = await connect(invocation, { slots: none });
  return (await connection.client.runs.get(id)).slot;
}

function rowOf(run: RunView): readonly string[] {
  const outcome = run.outcome?.kind ?? run.fault?.code ?? "-";
  const created = new Date(run.createdAt).toISOString();
  return [run.id, run.release, run.phase, outcome, created, run.name ?? run.artifact.slice(0, 19)];
}
