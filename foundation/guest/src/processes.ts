import { awaitGuest, type GuestCall, gather } from "./await-guest.ts";
import type { Connection } from "./connection.ts";
import type { Fields, FieldValue } from "./fields.ts";
import {
  exitOf,
  type GuestExit,
  type GuestProcess,
  type OutputPosition,
  openProcess,
  type SignalOptions,
} from "./guest-process.ts";
import { type Operation, processFlag, tag } from "./wire-numbers.ts";

/** A process by the agent's number or by the label that its starter gave it. */
export type ProcessName = { readonly id: number } | { readonly label: string };

export interface StartRequest {
  readonly argv: readonly string[];
  /** Added to PATH, HOME, USER and LOGNAME, which the user's account gives. */
  readonly env?: Readonly<Record<string, string>> | undefined;
  /** By default the user's home, or the root. */
  readonly cwd?: string | undefined;
  /** A name, `uid` or `uid:gid`; by default whoever the agent is. */
  readonly user?: string | undefined;
  /** Finds the process again; of the processes that the agent knows, no two have the same. */
  readonly label?: string | undefined;
  readonly terminal?: { readonly columns: number; readonly rows: number } | undefined;
  /** Whether there is an input; without it the process reads from /dev/null. */
  readonly hasInput?: boolean | undefined;
  /** Killed by the agent after this time, even when no host is there any more. */
  readonly timeoutMs?: number | undefined;
  /** The exit is told only when all who hold the outputs, grandchildren too, have closed them. */
  readonly untilClosed?: boolean | undefined;
  /** Without a reader the process waits when the kept output is full, instead of losing the oldest. */
  readonly holdsOutput?: boolean | undefined;
  /** Killed when this connection, or this reading, ends. */
  readonly isTied?: boolean | undefined;
  /** How many of the last bytes of each output are kept for who attaches later. */
  readonly keptBytes?: number | undefined;
}

export interface ListedProcess {
  readonly id: number;
  readonly pid: number;
  readonly label: string | undefined;
  readonly argv: readonly string[];
  readonly hasTerminal: boolean;
  /** Undefined while it lives. */
  readonly exit: GuestExit | undefined;
}

const scopes = { group: 0, process: 1, session: 2 } as const;
/** The agent knows no more than this many. */
const processesMax = 1024;

/** The processes that were started through the agent. */
export class Processes {
  readonly #connection: Connection;

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  /** Starts a program; rejects when it cannot be found or run. */
  async start(request: StartRequest, call: GuestCall = {}): Promise<GuestProcess> {
    // What a caller has a machine execute may hold secrets, and faults are read and logged by others.
    const asked = { op: "guest.exec", subject: "the program" };
    const stream = this.#connection.open("start", startFields(request), asked);
    return await openProcess(stream, { processes: this, call });
  }

  /** Reads a process again, from a position on; also one that has ended lately. */
  async attach(
    name: ProcessName,
    options: GuestCall & { readonly from?: OutputPosition | undefined } = {},
  ): Promise<GuestProcess> {
    const { from } = options;
    const fields: readonly (readonly [number, FieldValue])[] = [
      ...nameFields(name),
      [tag.offsetOutput, from?.stdout],
      [tag.offsetError, from?.stderr],
    ];
    const stream = this.#connection.open("attach", fields, askedOf("attach", name));
    return await openProcess(stream, { processes: this, call: options });
  }

  /** Writes to the input of a process that this connection need not read. Resolves when it has the bytes. */
  async write(
    name: ProcessName,
    bytes: Uint8Array,
    options: GuestCall & { readonly endsInput?: boolean | undefined } = {},
  ): Promise<void> {
    const flags = options.endsInput === true ? processFlag.closeInput : 0;
    const fields = [...nameFields(name), [tag.flags, flags] as const];
    const stream = this.#connection.open("input", fields, askedOf("write", name));
    const sent = stream.write(bytes).then(() => stream.endInput());
    // The end tells what kept the bytes from being sent.
    sent.catch(() => undefined);
    await awaitGuest(stream, stream.end, options);
  }

  async signal(name: ProcessName, number: number, options: SignalOptions = {}): Promise<void> {
    await this.#ask("signal", name, {
      call: options,
      fields: [
        [tag.signal, number],
        [tag.scope, scopes[options.scope ?? "group"]],
        [tag.flags, options.waits === true ? processFlag.wait : 0],
      ],
    });
  }

  async resize(
    name: ProcessName,
    size: { readonly columns: number; readonly rows: number },
    call: GuestCall = {},
  ): Promise<void> {
    const fields = [
      [tag.columns, size.columns],
      [tag.rows, size.rows],
    ] as const;
    await this.#ask("resize", name, { call, fields });
  }

  /** Those that live and those that ended lately, the newest first. */
  async list(call: GuestCall = {}): Promise<readonly ListedProcess[]> {
    const asked = { op: "guest.list-processes", subject: "processes" };
    const stream = this.#connection.open("processes", [], asked);
    const listed = gather(stream, { max: processesMax, read: readListed });
    return await awaitGuest(stream, listed, call);
  }

  async #ask(
    what: Operation,
    name: ProcessName,
    options: { call: GuestCall; fields: readonly (readonly [number, FieldValue])[] },
  ): Promise<void> {
    const fields = [...nameFields(name), ...options.fields];
    const stream = this.#connection.open(what, fields, askedOf(what, name));
    await awaitGuest(stream, stream.end, options.call);
  }
}

function startFields(request: StartRequest): readonly (readonly [number, FieldValue])[] {
  const { terminal } = request;
  const flags =
    (request.hasInput === true || terminal !== undefined ? processFlag.stdin : 0) |
    (request.untilClosed === true ? processFlag.untilClosed : 0) |
    (request.holdsOutput === true ? processFlag.holdOutput : 0) |
    (request.isTied === true ? processFlag.tied : 0) |
    (terminal === undefined ? 0 : processFlag.pty);
  return [
    ...request.argv.map((each) => [tag.argument, each] as const),
    ...Object.entries(request.env ?? {}).map(
      ([name, value]) => [tag.variable, `${name}=${value}`] as const,
    ),
    [tag.cwd, request.cwd],
    [tag.user, request.user],
    [tag.label, request.label],
    [tag.columns, terminal?.columns],
    [tag.rows, terminal?.rows],
    [tag.flags, flags],
    [tag.ringBytes, request.keptBytes],
    [tag.timeoutMs, request.timeoutMs],
  ];
}

function nameFields(name: ProcessName): readonly (readonly [number, FieldValue])[] {
  return "id" in name ? [[tag.process, name.id]] : [[tag.label, name.label]];
}

function askedOf(verb: string, name: ProcessName) {
  return {
    op: `guest.${verb}`,
    subject: "id" in name ? `process ${name.id}` : `process ${name.label}`,
  };
}

function readListed(item: Fields): ListedProcess {
  return {
    id: item.needNumber(tag.process),
    pid: item.needNumber(tag.pid),
    label: item.text(tag.label),
    argv: item.texts(tag.argument),
    hasTerminal: ((item.number(tag.flags) ?? 0) & processFlag.pty) !== 0,
    exit: exitOf(item),
  };
}
