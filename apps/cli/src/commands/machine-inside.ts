import { createReadStream, createWriteStream, mkdirSync, statSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { basename, join, posix } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { MachineFiles } from "@bedplate/sdk";
import { durationOption } from "../amounts.ts";
import { attachProcess, codeOf, show, terminalSize } from "../attach-process.ts";
import { type Command, type Invocation, isSet, operandOf, textOption } from "../command.ts";
import { type Connection, connect } from "../connect.ts";
import { connectToMachine } from "../connect-to-machine.ts";
import { exitCodes } from "../exit-codes.ts";
import { missingFile } from "../read-input.ts";
import { print } from "../terminal.ts";
import { UsageError } from "../usage-error.ts";
import { createHelp, createOptions, readCreate, settleMs } from "./machine.ts";

const execOptions = {
  user: { type: "string" },
  cwd: { type: "string" },
  timeout: { type: "string" },
} as const;
const execHelp = {
  user: "who runs it (default: the machine's own user)",
  cwd: "folder to run it in (default: the user's home)",
  timeout: "how long it may run, for example 10s",
} as const;

export const machineExec: Command = {
  name: "machine exec",
  summary: "Run a program in a machine, and exit as it does",
  operands: "MACHINE PROGRAM [ARG...]",
  options: { ...execOptions, stdin: { type: "boolean", short: "i" }, detach: { type: "boolean" } },
  optionHelp: {
    ...execHelp,
    stdin: "give it this command's standard input",
    detach: "print its id and leave it running",
  },
  async run(invocation) {
    const id = operandOf(invocation, "the id of a machine");
    operandOf(invocation, "a program", { at: 1 });
    const argv = invocation.positionals.slice(1);
    const { terminal, signal } = invocation;
    await using connection = await connectToMachine(invocation, id);
    const processes = connection.client.machines.processes(id);
    const request = execOf(invocation);
    if (isSet(invocation, "detach")) {
      print(terminal, await processes.start(argv, request), (each) => each.id);
      return exitCodes.success;
    }
    if (terminal.isJson) {
      const executed = await processes.exec(argv, request);
      print(terminal, executed, () => "");
      return executed.exitCode ?? exitCodes.failure;
    }
    if (isSet(invocation, "stdin")) {
      const started = await processes.start(argv, { ...request, hasInput: true });
      const attachment = { processes, terminal, signal, hasInput: true, isTty: false };
      return await attachProcess(started, attachment);
    }
    for await (const event of processes.run(argv, { ...request, signal })) {
      show(event, terminal);
      if (event.exit !== undefined) return codeOf(event.exit);
    }
    return exitCodes.failure;
  },
};

export const machineShell: Command = {
  name: "machine shell",
  summary: "A shell in a machine; without one, in a machine that ends with the shell",
  operands: "[MACHINE]",
  options: { ...createOptions, user: { type: "string" }, cwd: { type: "string" } },
  optionHelp: { ...createHelp, user: execHelp.user, cwd: execHelp.cwd },
  async run(invocation) {
    const [given] = invocation.positionals;
    if (given !== undefined) {
      await using connection = await connectToMachine(invocation, given);
      return await shellIn(given, { invocation, connection });
    }
    const request = readCreate(invocation);
    await using connection = await connect(invocation, { slots: [request.slot] });
    const { machines } = connection.client;
    const { id } = await machines.create(request);
    try {
      return await shellIn(id, { invocation, connection });
    } finally {
      await machines.delete(id, { waitMs: settleMs });
    }
  },
};

export const machineCp: Command = {
  name: "machine cp",
  summary: "Copy a file or a folder into a machine, or out of it",
  operands: "FILE|MACHINE:PATH FILE|MACHINE:PATH",
  options: { user: { type: "string" } },
  optionHelp: { user: "who owns it in the machine (default: the machine's own user)" },
  async run(invocation) {
    const from = placeOf(operandOf(invocation, "what to copy"));
    const to = placeOf(operandOf(invocation, "where to copy it", { at: 1 }));
    const id = from.machine ?? to.machine;
    if (id === undefined || (from.machine !== undefined && to.machine !== undefined)) {
      throw new UsageError("one of the two has to be MACHINE:PATH, and the other a file");
    }
    if (to.machine !== undefined) demandFile(from.path);
    await using connection = await connectToMachine(invocation, id);
    const files = connection.client.machines.files(id);
    const user = textOption(invocation, "user");
    const copied =
      to.machine === undefined
        ? await copyOut(files, { from: from.path, to: to.path, user })
        : await copyIn(files, { from: from.path, to: to.path, user });
    print(invocation.terminal, { copied }, () => "");
    return exitCodes.success;
  },
};

function execOf(invocation: Invocation): {
  readonly user: string | undefined;
  readonly cwd: string | undefined;
  readonly timeoutMs: number | undefined;
} {
  return {
    user: textOption(invocation, "user"),
    cwd: textOption(invocation, "cwd"),
    timeoutMs: durationOption(invocation, "timeout"),
  };
}

/** The user's shell where the image has a better one than `sh`. */
const shellArgv = ["/bin/sh", "-c", "command -v bash >/dev/null && exec bash -l; exec sh -l"];

async function shellIn(
  id: string,
  context: { readonly invocation: Invocation; readonly connection: Connection },
): Promise<number> {
  const { invocation, connection } = context;
  const { terminal, signal } = invocation;
  const processes = connection.client.machines.processes(id);
  const isTty = process.stdin.isTTY === true;
  const started = await processes.start(shellArgv, {
    user: textOption(invocation, "user"),
    cwd: textOption(invocation, "cwd"),
    hasInput: true,
    ...(isTty && {
      tty: terminalSize(),
      env: { TERM: process.env["TERM"] ?? "xterm-256color" },
    }),
  });
  return attachProcess(started, { processes, terminal, signal, hasInput: true, isTty });
}

interface Copy {
  readonly from: string;
  readonly to: string;
  readonly user: string | undefined;
}

async function copyIn(files: MachineFiles, { from, to, user }: Copy): Promise<number> {
  const options = { ...(user !== undefined && { user }) };
  if (!statSync(from).isDirectory()) {
    const path = to.endsWith("/") ? posix.join(to, basename(from)) : to;
    const { mode } = statSync(from);
    const body = Readable.toWeb(createReadStream(from)) as ReadableStream<Uint8Array>;
    await files.write(path, body, { ...options, mode: mode & 0o777 });
    return 1;
  }
  let copied = 0;
  for (const name of await readdir(from)) {
    const below = { from: join(from, name), to: posix.join(to, name), user };
    const stat = statSync(below.from, { throwIfNoEntry: false });
    if (stat?.isFile() === true || stat?.isDirectory() === true) {
      copied += await copyIn(files, below);
    }
  }
  return copied;
}

/** How deep a folder is copied. */
const depthMax = 128;

async function copyOut(files: MachineFiles, { from, to, user }: Copy): Promise<number> {
  const options = { ...(user !== undefined && { user }) };
  const [entry] = await files.list(from, { depth: 0, ...options });
  if (entry?.kind !== "folder") {
    const isFolder = statSync(to, { throwIfNoEntry: false })?.isDirectory() === true;
    await save(files, { from, to: isFolder ? join(to, posix.basename(from)) : to, user });
    return 1;
  }
  mkdirSync(to, { recursive: true });
  let copied = 0;
  for (const each of await files.list(from, { depth: depthMax, ...options })) {
    // The machine names its files: none of them leads out of the folder.
    const below = posix.relative(entry.path, each.path);
    if (below === "" || below.split("/").includes("..")) continue;
    const target = join(to, below);
    if (each.kind === "folder") mkdirSync(target, { recursive: true });
    if (each.kind !== "file") continue;
    await save(files, { from: each.path, to: target, user });
    copied++;
  }
  return copied;
}

async function save(files: MachineFiles, { from, to, user }: Copy): Promise<void> {
  const bytes = await files.read(from, { ...(user !== undefined && { user }) });
  await pipeline(Readable.fromWeb(bytes as never), createWriteStream(to));
}

/** `MACHINE:PATH` names a place in a machine; ids of machines have no other form. */
function placeOf(text: string): { readonly machine?: string; readonly path: string } {
  const [, machine, path] = /^(m[0-9a-z]{25}):(.+)$/.exec(text) ?? [];
  return machine === undefined || path === undefined ? { path: text } : { machine, path };
}

function demandFile(path: string): void {
  if (statSync(path, { throwIfNoEntry: false }) === undefined) throw missingFile(path);
}
