import { constants } from "node:os";
import type {
  Call,
  ExecDriver,
  ExecRequest,
  Exit,
  InputRequest,
  KeyedCall,
  OutputRequest,
  Process,
  ProcessOutput,
  ProcessRef,
  SignalRequest,
  TerminalRequest,
} from "@bedplate/environment";
import { isFault, raise } from "@bedplate/errors";
import type { GuestProcess, OutputPosition, StartRequest } from "@bedplate/guest-client";
import { type GuestLink, guestCall } from "../guest/guest-link.ts";
import type { ProcessDefaults } from "../machine/machine-record.ts";
import { execBounds } from "../manifest.ts";
import { exitOf, KnownProcess } from "./known-process.ts";
import type { ProcessNotes } from "./process-notes.ts";

/** How often the end of a process that nobody reads is asked for. */
const askEveryMs = 100;

/** Processes of a machine, through its agent. */
export class GuestExec implements ExecDriver {
  readonly #link: GuestLink;
  readonly #notes: ProcessNotes;
  readonly #env: () => Readonly<Record<string, string>>;
  readonly #defaults: () => ProcessDefaults;
  readonly #known = new Map<string, KnownProcess>();
  /** Processes of an earlier life that are being attached to: one reader for all who ask. */
  readonly #finding = new Map<string, Promise<KnownProcess>>();

  constructor(
    link: GuestLink,
    options: {
      readonly notes: ProcessNotes;
      env(): Readonly<Record<string, string>>;
      defaults(): ProcessDefaults;
    },
  ) {
    this.#link = link;
    this.#notes = options.notes;
    this.#env = options.env;
    this.#defaults = options.defaults;
  }

  async start(request: ExecRequest, call: KeyedCall): Promise<Process> {
    this.#checkRoom();
    const guest = await this.#link.get();
    const started = await guest.processes
      .start(this.#asked(request), guestCall(call))
      .catch((error: unknown) => Promise.reject(asStartFault(error)));
    const process: Process = {
      id: String(started.id),
      pid: started.pid,
      request,
      startedAt: Date.now(),
    };
    this.#notes.put(process);
    this.#follow(process, started);
    return process;
  }

  async *output({ process, from }: OutputRequest, call: Call): AsyncGenerator<ProcessOutput> {
    const known = await this.#find(process, call);
    yield* known.transcript.read(from, call.signal);
  }

  async wait({ process }: ProcessRef, call: Call): Promise<Exit> {
    const known = await this.#find(process, call);
    const aborted = Promise.withResolvers<never>();
    const onAbort = () => aborted.reject(call.signal.reason);
    if (call.signal.aborted) onAbort();
    call.signal.addEventListener("abort", onAbort, { once: true });
    let isDone = false;
    try {
      return await Promise.race([
        known.exit,
        this.#unreadExit(known, () => isDone),
        aborted.promise,
      ]);
    } finally {
      isDone = true;
      call.signal.removeEventListener("abort", onAbort);
    }
  }

  async write({ process, data }: InputRequest, call: Call): Promise<void> {
    const known = await this.#find(process, call);
    if (known.process.request.hasInput !== true && known.process.request.tty === undefined) {
      throw noInput(process);
    }
    if (known.process.exit !== undefined) throw ended(process);
    const guest = await this.#link.get();
    await guest.processes
      .write({ id: Number(process) }, data, guestCall(call))
      .catch((error: unknown) => {
        throw isFault(error, "resource.missing") ? ended(process, error) : error;
      });
  }

  async closeInput({ process }: ProcessRef, call: Call): Promise<void> {
    const known = await this.#find(process, call);
    if (known.process.exit !== undefined) return;
    const guest = await this.#link.get();
    const options = { ...guestCall(call), endsInput: true };
    await guest.processes
      .write({ id: Number(process) }, new Uint8Array(), options)
      .catch(ignoreEnded);
  }

  async signal({ process, name }: SignalRequest, call: Call): Promise<void> {
    const known = await this.#find(process, call);
    if (known.process.exit !== undefined) return;
    const number = constants.signals[name as NodeJS.Signals];
    const guest = await this.#link.get();
    const waits = name === "SIGKILL";
    const scope = waits ? "session" : "group";
    const options = { ...guestCall(call), scope, waits } as const;
    await guest.processes.signal({ id: Number(process) }, number, options).catch(ignoreEnded);
  }

  async resize({ process, size }: TerminalRequest, call: Call): Promise<void> {
    await this.#find(process, call);
    const guest = await this.#link.get();
    await guest.processes.resize({ id: Number(process) }, size, guestCall(call));
  }

  async list(call: Call): Promise<readonly Process[]> {
    const guest = await this.#link.get();
    const listed = await guest.processes.list(guestCall(call));
    for (const { id, exit } of listed) {
      const known = await this.#find(String(id), call).catch(ignoreMissing);
      if (exit !== undefined) known?.noteExit(exitOf(exit));
    }
    const known = [...this.#known.values()].map(({ process }) => process);
    return known.toSorted((a, b) => Number(a.id) - Number(b.id));
  }

  #asked({ argv, env, cwd, user, tty, hasInput, timeoutMs }: ExecRequest): StartRequest {
    return {
      argv,
      env: { ...this.#env(), ...env },
      cwd: cwd ?? this.#defaults().workdir,
      user: user ?? this.#defaults().user,
      terminal: tty,
      hasInput,
      timeoutMs,
      keptBytes: execBounds.outputBytesKept,
    };
  }

  #follow(process: Process, guest: GuestProcess): KnownProcess {
    const attach = (from: OutputPosition) => this.#attach(process.id, from);
    const keptMax = execBounds.outputBytesKept;
    const known = new KnownProcess(process, { guest, keptMax, attach });
    this.#known.set(process.id, known);
    const forget = () => {
      setTimeout(() => this.#forget(process.id, known), execBounds.exitKeptMs).unref();
    };
    void known.exit.then(forget, () => this.#lose(process.id, known));
    return known;
  }

  async #attach(id: string, from: OutputPosition): Promise<GuestProcess> {
    const guest = await this.#link.get();
    return guest.processes.attach({ id: Number(id) }, { from });
  }

  #forget(id: string, known: KnownProcess): void {
    if (this.#known.get(id) !== known) return;
    this.#known.delete(id);
    this.#notes.delete(id);
  }

  /** The connection broke: the process is there still, and is attached to when it is asked for. */
  #lose(id: string, known: KnownProcess): void {
    if (this.#known.get(id) === known && known.process.exit === undefined) this.#known.delete(id);
  }

  async #find(id: string, call: Call): Promise<KnownProcess> {
    const known = this.#known.get(id);
    if (known !== undefined) return known;
    const process = this.#notes.get(id);
    if (process === undefined) throw missing(id);
    call.signal.throwIfAborted();
    const finding = this.#finding.get(id) ?? this.#reattach(process);
    this.#finding.set(id, finding);
    return finding.finally(() => this.#finding.delete(id));
  }

  // Two that attach at the same time would leave one reader that nobody reads: it holds the process up.
  async #reattach(process: Process): Promise<KnownProcess> {
    const { id } = process;
    const attached = await this.#attach(id, { stdout: 0, stderr: 0 }).catch((error: unknown) => {
      if (!isFault(error, "resource.missing")) throw error;
      this.#notes.delete(id);
      throw missing(id);
    });
    return this.#follow(process, attached);
  }

  // Bytes that wait for a reader hold back the news that the process has ended.
  async #unreadExit(known: KnownProcess, isDone: () => boolean): Promise<Exit> {
    for (;;) {
      await new Promise((resolve) => setTimeout(resolve, askEveryMs).unref());
      if (isDone()) return new Promise(() => {});
      if (!known.transcript.isFull) continue;
      const guest = await this.#link.get();
      const listed = await guest.processes.list();
      const exit = listed.find(({ id }) => String(id) === known.process.id)?.exit;
      if (exit !== undefined) return known.noteExit(exitOf(exit));
    }
  }

  #checkRoom(): void {
    const running = [...this.#known.values()].filter(({ process }) => process.exit === undefined);
    const limit = execBounds.concurrentMax;
    if (running.length < limit) return;
    throw raise("quota.exceeded", {
      op: "instance.exec",
      detail: { meter: "processes", limit, asked: limit + 1 },
      message: `Cannot start the process: ${limit} run already`,
    });
  }
}

/** What cannot be started is what was asked for, whatever of it the machine has not. */
function asStartFault(error: unknown): unknown {
  const isWrong =
    isFault(error, "resource.missing") ||
    isFault(error, "permission.denied") ||
    isFault(error, "argument.invalid");
  if (!isWrong) return error;
  return raise("argument.invalid", {
    op: "instance.exec",
    detail: { path: "/argv", rule: "a program that the machine can start" },
    message: (error as Error).message,
    cause: error,
  });
}

/** One that is gone is in no list; one that cannot be reached at this moment is not gone. */
function ignoreMissing(error: unknown): undefined {
  if (!isFault(error, "resource.missing")) throw error;
}

function ignoreEnded(error: unknown): void {
  if (!isFault(error, "resource.missing") && !isFault(error, "resource.closed")) throw error;
}

function missing(id: string): Error {
  return raise("resource.missing", {
    op: "instance.exec",
    detail: { type: "process", id },
    message: `Cannot find the process ${id}: the machine knows none of that id`,
  });
}

function ended(id: string, cause?: unknown): Error {
  return raise("resource.closed", {
    op: "instance.exec",
    detail: { type: "input" },
    message: `Cannot write to the process ${id}: its input is closed`,
    cause,
  });
}

function noInput(id: string): Error {
  return raise("argument.invalid", {
    op: "instance.exec",
    detail: { path: "/process", rule: "a process that was started with an input" },
    message: `Cannot write to the process ${id}: it has no input`,
  });
}
