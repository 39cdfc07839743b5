import type { MachineEventView, MachineView, ResourceView } from "@bedplate/routes";
import type { Bedplate } from "@bedplate/sdk";
import { show } from "../attach-process.ts";
import { type Command, isSet, operandOf, textOption, textOptions, wordOption } from "../command.ts";
import { connect } from "../connect.ts";
import { connectToMachine } from "../connect-to-machine.ts";
import { exitCodes } from "../exit-codes.ts";
import { pageTable, print, table } from "../terminal.ts";
import { UsageError } from "../usage-error.ts";
import { egressOf } from "./machine.ts";

const none: readonly string[] = [];

export const machineLogs: Command = {
  name: "machine logs",
  summary: "Print what happened to a machine, or what a process in it wrote",
  operands: "MACHINE [PROCESS]",
  options: { follow: { type: "boolean", short: "f" } },
  optionHelp: { follow: "go on until Ctrl-C, or until the process ends" },
  async run(invocation) {
    const id = operandOf(invocation, "the id of a machine");
    const [, process] = invocation.positionals;
    const { terminal, signal } = invocation;
    const isFollowed = isSet(invocation, "follow");
    if (process === undefined) {
      await using connection = await connect(invocation, { slots: none });
      const events = connection.client.machines.events(id, { follow: isFollowed, signal });
      for await (const event of events) print(terminal, event, wordEvent);
      return exitCodes.success;
    }
    await using connection = await connectToMachine(invocation, id);
    const processes = connection.client.machines.processes(id);
    // What a process that goes on has written until now has no end that would tell.
    const until = isFollowed ? signal : AbortSignal.any([signal, AbortSignal.timeout(500)]);
    try {
      for await (const event of processes.output(process, { from: 0, signal: until })) {
        show(event, terminal);
      }
    } catch (error) {
      if (!until.aborted) throw error;
    }
    return exitCodes.success;
  },
};

export const machineTop: Command = {
  name: "machine top",
  summary: "Show what machines use now",
  operands: "[MACHINE]",
  options: { slot: { type: "string" } },
  optionHelp: { slot: "only this slot" },
  async run(invocation) {
    const [id] = invocation.positionals;
    const slot = textOption(invocation, "slot");
    await using connection =
      id === undefined ? await connect(invocation) : await connectToMachine(invocation, id);
    const { client } = connection;
    const found =
      id === undefined
        ? (await client.machines.list({ states: "running,paused", limit: 200, slot })).machines
        : [await client.machines.get(id)];
    const used = await Promise.all(found.map((machine) => useOf(client, machine)));
    print(invocation.terminal, { machines: used }, (all) =>
      table(["MACHINE", "STATE", "CPU", "MEMORY", "PROCESSES"], all.machines.map(rowOf)),
    );
    return exitCodes.success;
  },
};

export const machineSnapshot: Command = {
  name: "machine snapshot",
  summary: "Capture a machine, and print the snapshot's id",
  operands: "MACHINE",
  options: { name: { type: "string" }, scope: { type: "string" } },
  optionHelp: {
    name: "a name to find it by",
    scope: "files, or machine for memory and processes as well (default: all that is possible)",
  },
  async run(invocation) {
    const id = operandOf(invocation, "the id of a machine");
    const name = textOption(invocation, "name");
    const scope = wordOption(invocation, "scope", { words: ["files", "machine"] as const });
    await using connection = await connectToMachine(invocation, id);
    const snapshot = await connection.client.machines.capture(id, { name, scope });
    print(invocation.terminal, snapshot, (each) => each.id);
    return exitCodes.success;
  },
};

export const machineSnapshots: Command = {
  name: "machine snapshots",
  summary: "List snapshots of machines, newest first",
  operands: "",
  options: { machine: { type: "string" }, cursor: { type: "string" }, rm: { type: "string" } },
  optionHelp: {
    machine: "only of this machine",
    cursor: "where the page before ended",
    rm: "forget this snapshot first",
  },
  async run(invocation) {
    await using connection = await connect(invocation, { slots: none });
    const { machines } = connection.client;
    const gone = textOption(invocation, "rm");
    if (gone !== undefined) await machines.deleteSnapshot(gone);
    const machine = textOption(invocation, "machine");
    const page = await machines.snapshots({ machine, cursor: textOption(invocation, "cursor") });
    print(invocation.terminal, page, ({ snapshots, next }) => {
      const rows = snapshots.map((each) => [
        ...[each.id, each.machine, each.scope, String(each.bytes)],
        ...[new Date(each.createdAt).toISOString(), each.name ?? "-"],
      ]);
      return pageTable([["SNAPSHOT", "MACHINE", "SCOPE", "BYTES", "CREATED", "NAME"], rows], next);
    });
    return exitCodes.success;
  },
};

export const machinePort: Command = {
  name: "machine port",
  summary: "Open a way to a port of a machine, and print where it is",
  operands: "MACHINE PORT",
  options: { public: { type: "boolean" }, close: { type: "boolean" } },
  optionHelp: {
    public: "without a token",
    close: "close it again",
  },
  async run(invocation) {
    const id = operandOf(invocation, "the id of a machine");
    const port = portOf(operandOf(invocation, "a port", { at: 1 }));
    await using connection = await connect(invocation, { isServerNeeded: true });
    const { machines } = connection.client;
    if (isSet(invocation, "close")) {
      await machines.closePort(id, port);
      return exitCodes.success;
    }
    const way = await machines.openPort(id, port, { isPublic: isSet(invocation, "public") });
    print(invocation.terminal, way, ({ url, address, token }) => {
      const place = url ?? `http://${address}`;
      return token === undefined ? place : `${place}\nx-bedplate-token: ${token}`;
    });
    return exitCodes.success;
  },
};

export const machineNetwork: Command = {
  name: "machine network",
  summary: "Replace what a machine may reach",
  operands: "MACHINE",
  options: { allow: { type: "string", multiple: true } },
  optionHelp: { allow: "a CIDR, a domain, or any; repeatable (default: nothing is reached)" },
  async run(invocation) {
    const id = operandOf(invocation, "the id of a machine");
    const policy = egressOf(textOptions(invocation, "allow"));
    await using connection = await connectToMachine(invocation, id);
    const machine = await connection.client.machines.setEgress(id, policy);
    print(
      invocation.terminal,
      machine,
      (each) => `${each.id} may reach ${policy.rules.length} places`,
    );
    return exitCodes.success;
  },
};

function portOf(text: string): number {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : 0;
  if (port < 1 || port > 65_535) throw new UsageError(`"${text}" is no port`);
  return port;
}

interface Used {
  readonly machine: MachineView;
  readonly now?: ResourceView | undefined;
  /** Thousandths of a processor, over the last samples. */
  readonly cpuMillis?: number | undefined;
}

async function useOf({ machines }: Bedplate, machine: MachineView): Promise<Used> {
  const samples = await machines.metrics(machine.id);
  const [before, now] = [samples.at(-2), samples.at(-1)];
  if (now === undefined || before === undefined || now.at === before.at) return { machine, now };
  const cpuMillis = Math.round((1000 * (now.cpuMs - before.cpuMs)) / (now.at - before.at));
  return { machine, now, cpuMillis };
}

function rowOf({ machine, now, cpuMillis }: Used): readonly string[] {
  const memory = now === undefined ? "-" : `${(now.memoryBytes / 2 ** 20).toFixed(1)} MiB`;
  const cpu = cpuMillis === undefined ? "-" : `${(cpuMillis / 10).toFixed(1)} %`;
  return [machine.id, machine.state, cpu, memory, String(now?.processes ?? "-")];
}

function wordEvent({ at, kind, detail }: MachineEventView): string {
  const facts = Object.entries(detail).map(([name, value]) => `${name}=${value}`);
  return [new Date(at).toISOString(), kind, ...facts].join(" ");
}
