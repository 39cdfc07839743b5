import type { Call, KeyedCall } from "../call.ts";
import type { CapName } from "../caps.ts";
import type { Exit } from "../exit.ts";

/** Processes inside a machine. */
export interface ExecParams {
  /** Whether a process can have a terminal. */
  readonly tty: boolean;
  /** The signals that can be sent, by their POSIX names: `SIGTERM`. */
  readonly signals: readonly string[];
  /** Most processes at once that `start` began; those that have ended do not count. */
  readonly concurrentMax: number;
  /** How many bytes of a process's output are kept for who reads later: its last ones. */
  readonly outputBytesKept: number;
  /** How long a process that has ended can still be asked for, with its exit and its kept output. */
  readonly exitKeptMs: number;
  /** The members of `InstanceSpec.caps` that this environment enforces; any other is refused. */
  readonly caps: readonly CapName[];
  /** Whether machines can have volumes: folders that outlive them. Default: false. */
  readonly volumes?: boolean | undefined;
}

/**
 * Processes go by an id, so that whoever lost a connection finds them again. A process ends by
 * itself, by a signal, by its `timeoutMs` or with its machine; never because a caller left.
 */
export interface ExecDriver {
  /** Answers once the process runs. A program that cannot be started is `argument.invalid`. */
  start(request: ExecRequest, call: KeyedCall): Promise<Process>;
  /**
   * What the process writes, in order, until it has ended and all was told. The first reader misses
   * nothing: until it came, a process that has filled what is kept has to wait. A process waits for
   * its slowest reader; while there is none, it runs on and only its last bytes are kept.
   */
  output(request: OutputRequest, call: Call): AsyncIterable<ProcessOutput>;
  /** Waits for the end; for one that ended long ago as well, as long as it is kept. */
  wait(request: ProcessRef, call: Call): Promise<Exit>;
  /** Answers once the bytes are the process's: who waits for it sends no faster than it reads. */
  write(request: InputRequest, call: Call): Promise<void>;
  /** The process reads the end of its input; closing twice does nothing. */
  closeInput(request: ProcessRef, call: Call): Promise<void>;
  /**
   * Sends a signal to the process and those that it started. `SIGKILL` is answered when the process
   * is gone; a signal to one that has ended does nothing.
   */
  signal(request: SignalRequest, call: Call): Promise<void>;
  resize(request: TerminalRequest, call: Call): Promise<void>;
  /** The processes that `start` began and that are still known, in the order of their start. */
  list(call: Call): Promise<readonly Process[]>;
}

/** What to start. */
export interface ExecRequest {
  /** The program, by its path or as `PATH` finds it, and its arguments. */
  readonly argv: readonly string[];
  /** Added to the machine's variables and stronger than they are. */
  readonly env?: Readonly<Record<string, string>> | undefined;
  /** Default: the home of the user. */
  readonly cwd?: string | undefined;
  /** A name, or a number in decimal digits. Default: the machine's own choice. */
  readonly user?: string | undefined;
  /** With a terminal there is one output, `tty`, and input is always open. */
  readonly tty?: TerminalSize | undefined;
  /** Whether `write` will bring input. Default: false; the process then reads an empty input. */
  readonly hasInput?: boolean | undefined;
  /** Longest life; then it is killed, and its exit says so. Default: as long as the machine. */
  readonly timeoutMs?: number | undefined;
  /** A name that its starter gives it; need not be unique. */
  readonly tag?: string | undefined;
}

export interface TerminalSize {
  readonly columns: number;
  readonly rows: number;
}

/** A process, as `start` and `list` tell of it. */
export interface Process {
  /** Unique for the life of the machine. */
  readonly id: string;
  /** Its number inside the machine, which may be another's later. */
  readonly pid: number;
  readonly request: ExecRequest;
  /** Epoch milliseconds. */
  readonly startedAt: number;
  /** Left out while it runs. */
  readonly exit?: Exit | undefined;
}

/** Names a process. */
export interface ProcessRef {
  readonly process: string;
}

export interface OutputRequest extends ProcessRef {
  /**
   * From which byte of all its output on, counted over its streams. 0: from the first one that is
   * kept. Left out: from now on.
   */
  readonly from?: number | undefined;
}

/** Some bytes that a process wrote. */
export interface ProcessOutput {
  readonly stream: "stdout" | "stderr" | "tty";
  readonly data: Uint8Array;
  /**
   * How many bytes the process had written before these, over its streams. A jump means that some
   * were not kept.
   */
  readonly at: number;
}

export interface InputRequest extends ProcessRef {
  /** At most `inputBytesMax`. */
  readonly data: Uint8Array;
}

export interface SignalRequest extends ProcessRef {
  readonly name: string;
}

export interface TerminalRequest extends ProcessRef {
  readonly size: TerminalSize;
}

/** Most bytes of one `write`. */
export const inputBytesMax: number = 1024 * 1024;
