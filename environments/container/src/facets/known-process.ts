import type { Exit, Process, ProcessOutput } from "@bedplate/environment";
import type { GuestExit, GuestProcess, OutputPosition } from "@bedplate/guest-client";
import { signalName } from "../machine/machine-exit.ts";
import { Transcript } from "./transcript.ts";

/** Reads a process again from a position on, over a connection that may be a new one. */
export type Attach = (from: OutputPosition) => Promise<GuestProcess>;

/** A process of a machine that this host follows: its output as it comes, and its end. */
export class KnownProcess {
  readonly transcript: Transcript;
  readonly exit: Promise<Exit>;
  readonly #process: Process;
  readonly #attach: Attach;
  #ended: Exit | undefined;

  constructor(
    process: Process,
    options: { readonly guest: GuestProcess; readonly keptMax: number; readonly attach: Attach },
  ) {
    const { guest, keptMax } = options;
    this.#process = process;
    this.#attach = options.attach;
    const { stdout, stderr } = guest.startedAt;
    this.transcript = new Transcript({ keptMax, startAt: stdout + stderr });
    this.exit = this.#follow(guest);
    this.exit.catch(() => {});
  }

  /** As it is told to callers. */
  get process(): Process {
    return this.#ended === undefined ? this.#process : { ...this.#process, exit: this.#ended };
  }

  /** Its end was heard of in another way than by reading to its end. */
  noteExit(exit: Exit): Exit {
    this.#ended ??= exit;
    return this.#ended;
  }

  // A connection that broke is none of the process's business: it is read on where that ended.
  async #follow(first: GuestProcess): Promise<Exit> {
    try {
      for (let guest = first; ; ) {
        const read = { stdout: guest.startedAt.stdout, stderr: guest.startedAt.stderr };
        const exit = await this.#read(guest, read);
        if (exit !== undefined) return this.noteExit(exit);
        guest = await this.#attach(read);
      }
    } finally {
      this.transcript.end();
    }
  }

  /** Reads until the end, or until the connection breaks; counts what was read in `read`. */
  async #read(
    guest: GuestProcess,
    read: { stdout: number; stderr: number },
  ): Promise<Exit | undefined> {
    const isTerminal = this.#process.request.tty !== undefined;
    const pump = async (name: "stdout" | "stderr") => {
      const stream: ProcessOutput["stream"] = isTerminal ? "tty" : name;
      for await (const chunk of guest[name]) {
        await this.transcript.add(stream, chunk);
        read[name] += chunk.length;
      }
    };
    const pumps = await Promise.allSettled([pump("stdout"), pump("stderr")]);
    const exit = await guest.exit.then(exitOf, () => undefined);
    return pumps.every(({ status }) => status === "fulfilled") ? exit : undefined;
  }
}

/** A guest's exit in the contract's words. */
export function exitOf({ code, signal, isOutOfMemory, isTimedOut }: GuestExit): Exit {
  return {
    code: signal === null ? code : null,
    signal: signal === null ? null : signalName(signal),
    isOutOfMemory,
    ...(isTimedOut && { isTimedOut }),
    at: Date.now(),
  };
}
