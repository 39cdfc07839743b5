import { awaitGuest, type GuestCall, pour } from "./await-guest.ts";
import type { Fields } from "./fields.ts";
import type { GuestStream } from "./guest-stream.ts";
import { streamOf } from "./inbox.ts";
import type { Processes, ProcessName } from "./processes.ts";
import { processFlag, tag } from "./wire-numbers.ts";

/** How a process of a guest ended. `code` or `signal`, never both. */
export interface GuestExit {
  readonly code: number | null;
  /** The number of the signal. */
  readonly signal: number | null;
  readonly isTimedOut: boolean;
  readonly isOutOfMemory: boolean;
}

/** Bytes of each output since its start. */
export interface OutputPosition {
  readonly stdout: number;
  readonly stderr: number;
}

/** A process of the guest, as one connection reads it. It lives on when the connection ends. */
export class GuestProcess {
  /** The agent's number of it, for as long as the agent lives. */
  readonly id: number;
  readonly pid: number;
  /** What it writes; of a terminal, both outputs. Whoever does not read it has to cancel it. */
  readonly stdout: ReadableStream<Uint8Array>;
  readonly stderr: ReadableStream<Uint8Array>;
  /**
   * Its end, after all it has written has been read. Rejects when the connection breaks first; then
   * attaching with `position` goes on where this one stopped.
   */
  readonly exit: Promise<GuestExit>;
  /** Where this reading began: later than asked for when the guest no longer had the bytes. */
  readonly startedAt: OutputPosition;
  readonly #stream: GuestStream;
  readonly #processes: Processes;

  constructor(stream: GuestStream, options: { answer: Fields; processes: Processes }) {
    const { answer, processes } = options;
    this.#stream = stream;
    this.#processes = processes;
    this.id = answer.needNumber(tag.process);
    this.pid = answer.needNumber(tag.pid);
    this.startedAt = {
      stdout: answer.needNumber(tag.offsetOutput),
      stderr: answer.needNumber(tag.offsetError),
    };
    this.stdout = streamOf(stream.output);
    this.stderr = streamOf(stream.error);
    this.exit = stream.end.then(readExit);
    this.exit.catch(() => undefined);
  }

  /** How far this reading has come. */
  get position(): OutputPosition {
    return {
      stdout: this.startedAt.stdout + this.#stream.output.consumedBytes,
      stderr: this.startedAt.stderr + this.#stream.error.consumedBytes,
    };
  }

  /** Writes to its input; resolves when the guest has taken the bytes off us. */
  write(bytes: Uint8Array): Promise<void> {
    return this.#stream.write(bytes);
  }

  /** Ends its input; of a terminal, the character that means the end is sent. */
  endInput(): void {
    this.#stream.endInput();
  }

  /** Writes a whole stream to its input, and its end. */
  pour(body: AsyncIterable<Uint8Array>): Promise<void> {
    return pour(this.#stream, body);
  }

  signal(number: number, options: SignalOptions = {}): Promise<void> {
    return this.#processes.signal(this.#name(), number, options);
  }

  resize(
    size: { readonly columns: number; readonly rows: number },
    call?: GuestCall,
  ): Promise<void> {
    return this.#processes.resize(this.#name(), size, call);
  }

  /** Stops reading; the process lives on, unless it is tied to this reading. */
  detach(reason: unknown = new Error("detached")): void {
    this.#stream.cancel(reason);
  }

  #name(): ProcessName {
    return { id: this.id };
  }
}

export interface SignalOptions extends GuestCall {
  /** Whom it reaches: the process group by default, the process alone, or all that it started. */
  readonly scope?: "group" | "process" | "session" | undefined;
  /** Resolves only when the process has ended and nothing is left of it. */
  readonly waits?: boolean | undefined;
}

/** Waits for the answer to a START or ATTACH. */
export async function openProcess(
  stream: GuestStream,
  options: { readonly processes: Processes; readonly call: GuestCall },
): Promise<GuestProcess> {
  const answer = await awaitGuest(stream, stream.answer, options.call);
  try {
    return new GuestProcess(stream, { answer, processes: options.processes });
  } catch (error) {
    stream.cancel(error);
    throw error;
  }
}

/** The end of a process in the fields that tell it; undefined while it lives. */
export function exitOf(fields: Fields): GuestExit | undefined {
  const flags = fields.number(tag.flags) ?? 0;
  return (flags & processFlag.hasExited) === 0 ? undefined : readExit(fields);
}

function readExit(fields: Fields): GuestExit {
  const flags = fields.number(tag.flags) ?? 0;
  return {
    code: fields.number(tag.exitCode) ?? null,
    signal: fields.number(tag.exitSignal) ?? null,
    isTimedOut: (flags & processFlag.timedOut) !== 0,
    isOutOfMemory: (flags & processFlag.outOfMemory) !== 0,
  };
}
