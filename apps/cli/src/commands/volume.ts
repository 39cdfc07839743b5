import type { VolumeView } from "@bedplate/routes";
import { parseAmount } from "../amounts.ts";
import { type Command, type Invocation, operandOf, textOption, textOptions } from "../command.ts";
import { type Connection, connect } from "../connect.ts";
import { standardMachineSlot } from "../connect-to-machine.ts";
import { exitCodes } from "../exit-codes.ts";
import { pageHelp, pageOf, pageOptions } from "../page-options.ts";
import { pageTable, print } from "../terminal.ts";
import { UsageError } from "../usage-error.ts";

const none: readonly string[] = [];
const byteUnits: Readonly<Record<string, number>> = { "": 1, k: 2 ** 10, m: 2 ** 20, g: 2 ** 30 };

export const volumeCreate: Command = {
  name: "volume create",
  summary: "Make a volume: an empty folder that outlives machines",
  operands: "NAME",
  options: {
    size: { type: "string" },
    slot: { type: "string" },
    label: { type: "string", multiple: true },
  },
  optionHelp: {
    size: "what fits into it, for example 1g; from 16m",
    slot: "environment of the machines that can have it (default: container)",
    label: "NAME=VALUE to know it by, repeatable",
  },
  async run(invocation) {
    const name = operandOf(invocation, "the name of a volume");
    const size = textOption(invocation, "size");
    if (size === undefined) throw new UsageError("--size is missing");
    const bytes = parseAmount(size, { name: "size", units: byteUnits });
    const slot = textOption(invocation, "slot") ?? standardMachineSlot;
    const labels = Object.fromEntries(textOptions(invocation, "label").map(labelOf));
    await using connection = await connect(invocation, { slots: [slot] });
    const volume = await connection.client.volumes.create({ name, bytes, slot, labels });
    print(invocation.terminal, volume, (each) => each.name);
    return exitCodes.success;
  },
};

export const volumeLs: Command = {
  name: "volume ls",
  summary: "List the volumes of the project, by name",
  operands: "",
  options: pageOptions,
  optionHelp: pageHelp("volumes"),
  async run(invocation) {
    await using connection = await connect(invocation, { slots: none });
    const page = await connection.client.volumes.list(pageOf(invocation));
    print(invocation.terminal, page, ({ volumes, next }) =>
      pageTable(
        [["VOLUME", "MIB", "SLOT", "NODE", "MACHINES", "CREATED"], volumes.map(rowOf)],
        next,
      ),
    );
    return exitCodes.success;
  },
};

export const volumeGet: Command = {
  name: "volume get",
  summary: "Show a volume, and which machines have it",
  operands: "VOLUME",
  options: {},
  optionHelp: {},
  async run(invocation) {
    const name = operandOf(invocation, "the name of a volume");
    await using connection = await connect(invocation, { slots: none });
    const found = await connection.client.volumes.get(name);
    print(invocation.terminal, found, (each) => JSON.stringify(each, null, 2));
    return exitCodes.success;
  },
};

export const volumeRm: Command = {
  name: "volume rm",
  summary: "Erase a volume that no machine has, with all that is in it",
  operands: "VOLUME",
  options: {},
  optionHelp: {},
  async run(invocation) {
    const name = operandOf(invocation, "the name of a volume");
    await using connection = await connectToVolume(invocation, name);
    await connection.client.volumes.delete(name);
    print(invocation.terminal, { name }, () => `${name} erased`);
    return exitCodes.success;
  },
};

/** A connection to the server that has a volume; one in this process mounts what erases it. */
async function connectToVolume(invocation: Invocation, name: string): Promise<Connection> {
  const looking = await connect(invocation, { slots: none });
  if (!looking.isEmbedded) return looking;
  let found: VolumeView;
  try {
    found = await looking.client.volumes.get(name);
  } finally {
    await looking[Symbol.asyncDispose]();
  }
  return connect(invocation, { slots: [found.slot] });
}

/** Where a machine has which volume: `NAME:/path`, or `NAME:/path:ro`. */
export function volumeOf(text: string): {
  readonly name: string;
  readonly path: string;
  readonly isReadOnly: boolean;
} {
  const [, name, path, mode] = /^([^:]+):(\/[^:]+)(?::(ro|rw))?$/.exec(text) ?? [];
  if (name === undefined || path === undefined) {
    throw new UsageError(`--volume ${text} is not of the form NAME:/path or NAME:/path:ro`);
  }
  return { name, path, isReadOnly: mode === "ro" };
}

function labelOf(text: string): readonly [name: string, value: string] {
  const at = text.indexOf("=");
  if (at < 1) throw new UsageError(`--label ${text} is not of the form NAME=VALUE`);
  return [text.slice(0, at), text.slice(at + 1)];
}

function rowOf(volume: VolumeView): readonly string[] {
  const { name, bytes, slot, node, machines, createdAt } = volume;
  const held = machines.map(({ machine, isReadOnly }) => (isReadOnly ? `${machine}:ro` : machine));
  return [
    ...[name, String(Math.floor(bytes / 2 ** 20)), slot, node],
    ...[held.join(",") || "-", new Date(createdAt).toISOString()],
  ];
}
