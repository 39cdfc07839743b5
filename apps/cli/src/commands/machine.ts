import type { CapsView, MachineView } from "@bedplate/routes";
import type { CreateMachineOptions } from "@bedplate/sdk";
import { durationOption, parseAmount } from "../amounts.ts";
import {
  type Command,
  countOption,
  type Invocation,
  isSet,
  operandOf,
  textOption,
  textOptions,
  wordOption,
} from "../command.ts";
import { connect } from "../connect.ts";
import { connectToMachine, standardMachineSlot } from "../connect-to-machine.ts";
import { exitCodes } from "../exit-codes.ts";
import { pageHelp, pageOf, pageOptions } from "../page-options.ts";
import { readInput } from "../read-input.ts";
import { pageTable, print } from "../terminal.ts";
import { UsageError } from "../usage-error.ts";
import { volumeOf } from "./volume.ts";

/** How long a command waits until a machine is as it is wanted. */
export const settleMs = 60_000;
const none: readonly string[] = [];
const byteUnits: Readonly<Record<string, number>> = { "": 1, k: 2 ** 10, m: 2 ** 20, g: 2 ** 30 };
const expiries = ["pause", "stop", "delete"] as const;

/** Options of commands that make machines. */
export const createOptions: Command["options"] = {
  slot: { type: "string" },
  image: { type: "string" },
  from: { type: "string" },
  snapshot: { type: "string" },
  var: { type: "string", multiple: true },
  label: { type: "string", multiple: true },
  memory: { type: "string" },
  disk: { type: "string" },
  cpu: { type: "string" },
  ttl: { type: "string" },
  "on-expiry": { type: "string" },
  allow: { type: "string", multiple: true },
  volume: { type: "string", multiple: true },
  root: { type: "boolean" },
  restart: { type: "boolean" },
};

/** A line for each of them. */
export const createHelp: Command["optionHelp"] = {
  slot: "environment of the machine (default: container)",
  image: "file with an OCI image layout (default: this host's own programs)",
  from: "what it stands on: host, template:NAME[:TAG], image:REFERENCE",
  snapshot: "snapshot to begin with",
  var: "NAME=VALUE for all its processes, repeatable",
  label: "NAME=VALUE to find it by, repeatable",
  memory: "bound on memory, for example 512m",
  disk: "bound on disk, for example 1g",
  cpu: "bound on processors, in thousandths",
  ttl: "how long it may live, for example 1h (default: for ever)",
  "on-expiry": `what happens then: ${expiries.join(", ")} (default: delete)`,
  allow: "what it may reach: a CIDR, a domain, or any; repeatable (default: nothing)",
  volume: "NAME:/path, or NAME:/path:ro to read it only; repeatable",
  root: "have root inside",
  restart: "start it again when it ends by itself",
};

export const machineCreate: Command = {
  name: "machine create",
  summary: "Make a machine, and print its id",
  operands: "",
  options: createOptions,
  optionHelp: createHelp,
  async run(invocation) {
    const request = readCreate(invocation);
    await using connection = await connect(invocation, { slots: [request.slot] });
    const machine = await connection.client.machines.create({ ...request, waitMs: settleMs });
    if (machine.fault !== undefined)
      invocation.terminal.err(`bedplate: ${machine.fault.message}\n`);
    print(invocation.terminal, machine, (each) => each.id);
    return machine.state === "failed" ? exitCodes.failure : exitCodes.success;
  },
};

export const machineLs: Command = {
  name: "machine ls",
  summary: "List machines, newest first",
  operands: "",
  options: {
    slot: { type: "string" },
    states: { type: "string" },
    labels: { type: "string" },
    ...pageOptions,
  },
  optionHelp: {
    slot: "only this slot",
    states: "only these states: running,paused,...",
    labels: "only with these labels: name=value,...",
    ...pageHelp("machines"),
  },
  async run(invocation) {
    await using connection = await connect(invocation, { slots: none });
    const page = await connection.client.machines.list({
      slot: textOption(invocation, "slot"),
      states: textOption(invocation, "states"),
      labels: textOption(invocation, "labels"),
      ...pageOf(invocation),
    });
    print(invocation.terminal, page, ({ machines, next }) =>
      pageTable([["MACHINE", "SLOT", "STATE", "CREATED", "EXPIRES"], machines.map(rowOf)], next),
    );
    return exitCodes.success;
  },
};

export const machineGet: Command = {
  name: "machine get",
  summary: "Show a machine",
  operands: "MACHINE",
  options: {},
  optionHelp: {},
  async run(invocation) {
    const id = operandOf(invocation, "the id of a machine");
    await using connection = await connect(invocation, { slots: none });
    const found = await connection.client.machines.get(id);
    print(invocation.terminal, found, (each) => JSON.stringify(each, null, 2));
    return exitCodes.success;
  },
};

export const machinePause: Command = changing("pause", "Have a machine stand still");
export const machineStop: Command = changing(
  "stop",
  "End what runs in a machine; its disk is kept",
);
export const machineRm: Command = changing("rm", "End a machine with all that is in it");

export const machineResume: Command = {
  ...changing("resume", "Have a machine run again"),
  options: { ttl: { type: "string" } },
  optionHelp: { ttl: "how long it may live from now on" },
};

export const machineFork: Command = {
  name: "machine fork",
  summary: "Make machines that begin as this one is now, and print their ids",
  operands: "MACHINE",
  options: { count: { type: "string" }, ttl: { type: "string" } },
  optionHelp: { count: "how many (default: 1)", ttl: "how long they may live" },
  async run(invocation) {
    const id = operandOf(invocation, "the id of a machine");
    const count = countOption(invocation, "count");
    const ttlMs = durationOption(invocation, "ttl");
    await using connection = await connectToMachine(invocation, id);
    const { machines } = connection.client;
    const made = await machines.fork(id, { count, ttlMs });
    const forks = await Promise.all(
      made.map((each) => machines.get(each.id, { waitMs: settleMs })),
    );
    print(invocation.terminal, { machines: forks }, (found) =>
      found.machines.map((each) => each.id).join("\n"),
    );
    return forks.some(({ state }) => state === "failed") ? exitCodes.failure : exitCodes.success;
  },
};

/** What the options of a command ask for. */
export function readCreate(
  invocation: Invocation,
): CreateMachineOptions & { readonly slot: string } {
  const image = textOption(invocation, "image");
  const allow = textOptions(invocation, "allow");
  const volumes = textOptions(invocation, "volume").map(volumeOf);
  const ttlMs = durationOption(invocation, "ttl");
  const caps = readCaps(invocation);
  return {
    slot: textOption(invocation, "slot") ?? standardMachineSlot,
    ...(image !== undefined && { artifact: readInput(image) }),
    root: textOption(invocation, "from"),
    snapshot: textOption(invocation, "snapshot"),
    env: Object.fromEntries(pairs(invocation, "var")),
    labels: Object.fromEntries(pairs(invocation, "label")),
    ...(Object.keys(caps).length > 0 && { caps }),
    ttlMs,
    onExpiry: wordOption(invocation, "on-expiry", { words: expiries }),
    ...(allow.length > 0 && { egress: egressOf(allow) }),
    ...(volumes.length > 0 && { volumes }),
    ...(isSet(invocation, "root") && { config: { user: "root" } }),
    ...(isSet(invocation, "restart") && { restart: { when: "on-failure" } }),
  };
}

/** The policy that lets through what is listed, and nothing else. */
export function egressOf(allow: readonly string[]): NonNullable<CreateMachineOptions["egress"]> {
  if (allow.includes("any")) return { rules: [], otherwise: "allow" };
  const rules = allow.map((each) => {
    const isAddress = /^[0-9a-f.:]+(\/\d+)?$/i.test(each) && /[.:]/.test(each);
    if (!isAddress) return { action: "allow" as const, domain: each };
    const length = each.includes(":") ? 128 : 32;
    return { action: "allow" as const, cidr: each.includes("/") ? each : `${each}/${length}` };
  });
  return { rules, otherwise: "deny" };
}

function readCaps(invocation: Invocation): CapsView {
  const bytes = (name: string) => {
    const text = textOption(invocation, name);
    return text === undefined ? undefined : parseAmount(text, { name, units: byteUnits });
  };
  const caps = {
    memoryBytes: bytes("memory"),
    diskBytes: bytes("disk"),
    cpuMillis: countOption(invocation, "cpu"),
  };
  return Object.fromEntries(Object.entries(caps).filter(([, value]) => value !== undefined));
}

function pairs(
  invocation: Invocation,
  name: string,
): readonly (readonly [name: string, value: string])[] {
  return textOptions(invocation, name).map((text) => {
    const at = text.indexOf("=");
    if (at < 1) throw new UsageError(`--${name} ${text} is not of the form NAME=VALUE`);
    return [text.slice(0, at), text.slice(at + 1)];
  });
}

/** A command that changes what is wanted of machines, and waits until they are so. */
function changing(verb: "pause" | "resume" | "stop" | "rm", summary: string): Command {
  return {
    name: `machine ${verb}`,
    summary,
    operands: "MACHINE [MACHINE...]",
    options: {},
    optionHelp: {},
    async run(invocation) {
      const id = operandOf(invocation, "the id of a machine");
      const ttlMs = durationOption(invocation, "ttl");
      await using connection = await connectToMachine(invocation, id);
      const { machines } = connection.client;
      const method = verb === "rm" ? "delete" : verb;
      let code: number = exitCodes.success;
      for (const each of invocation.positionals) {
        const options = { waitMs: settleMs, ...(ttlMs !== undefined && { ttlMs }) };
        const machine = await machines[method](each, options);
        print(invocation.terminal, machine, wordMachine);
        if (machine.state === "failed") code = exitCodes.failure;
      }
      return code;
    },
  };
}

function wordMachine({ id, state, fault }: MachineView): string {
  return fault === undefined ? `${id} ${state}` : `${id} ${state}: ${fault.message}`;
}

function rowOf(machine: MachineView): readonly string[] {
  const { expiresAt } = machine;
  return [
    machine.id,
    machine.slot,
    machine.state,
    new Date(machine.createdAt).toISOString(),
    expiresAt === undefined ? "-" : new Date(expiresAt).toISOString(),
  ];
}
