import type { Exit, Process, ProcessOutput } from "@bedplate/environment";
import type { GuestExit, GuestProcess } from "@bedplate/guest-client";
import { signalName } from "../machine/machine-exit.ts";
import { Transcript } from "./transcript.ts";

/** A process of a machine that this host follows: its output as it comes, and its end. */
export class KnownProcess {
  readonly transcript: Transcript;
  readonly exit: Promise<Exit>;
  readonly #process: Process;
  #ended: Exit | undefined;

  constructor(process: Process, options: { readonly guest: GuestProcess; readonly keptMax: number }) {
    const { guest, keptMax } = options;
    this.#process = process;
    const { stdout, stderr } = guest.startedAt;
    this.transcript = new Transcript({ keptMax, startAt: stdout + stderr });
    const isTerminal = process.request.tty !== undefined;
    const pumps = [
      this.#pump(guest.stdout, isTerminal ? "tty" : "stdout"),
      this.#pump(guest.stderr, "stderr"),
    ];
    this.exit = this.#follow(guest, pumps);
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

  async #follow(guest: GuestProcess, pumps: readonly Promise<void>[]): Promise<Exit> {
    try {
      const exit = exitOf(await guest.exit);
      this.noteExit(exit);
      await Promise.all(pumps);
      return this.#ended ?? exit;
    } finally {
      this.transcript.end();
    }
  }

  // A connection that broke ends the reading; whoever asks next attaches again.
  async #pump(source: ReadableStream<Uint8Array>, stream: ProcessOutput["stream"]): Promise<void> {
    try {
      for await (const chunk of source) await this.transcript.add(stream, chunk);
    } catch {
      this.transcript.end();
    }
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
