import type { ExecRequest, Exit, Process, TerminalSize } from "@bedplate/environment";
import type { FakeMachine } from "./fake-machine.ts";
import { InputPipe } from "./input-pipe.ts";
import type { MachineStep } from "./machine-step.ts";
import { ProcessLog } from "./process-log.ts";
import { runStep } from "./run-step.ts";

/** Where a process is in its steps: with the machine's files, all that a snapshot needs of it. */
export interface ProcessState {
  readonly id: string;
  readonly pid: number;
  readonly request: ExecRequest;
  readonly startedAt: number;
  readonly steps: readonly MachineStep[];
  at: number;
  /** What `tick` has counted. */
  count: number;
  memoryBytes: number;
  children: number;
  /** Bytes written so far. */
  written: number;
}

/** One process of a fake machine. */
export class FakeProcess {
  readonly state: ProcessState;
  readonly log: ProcessLog;
  readonly input: InputPipe;
  readonly traps: Map<string, string> = new Map();
  size: TerminalSize;
  onSize: () => void = () => {};
  exit: Exit | undefined;
  readonly #machine: FakeMachine;
  readonly #ended = Promise.withResolvers<Exit>();
  readonly #stop = new AbortController();

  constructor(machine: FakeMachine, state: ProcessState) {
    const { request, written } = state;
    this.#machine = machine;
    this.state = state;
    this.log = new ProcessLog({ bytesKept: machine.bytesKept, at: written });
    this.input = new InputPipe({ isOpen: request.hasInput === true || request.tty !== undefined });
    this.size = request.tty ?? { columns: 80, rows: 24 };
  }

  /** Aborts when the process ends, whatever ended it. */
  get signal(): AbortSignal {
    return this.#stop.signal;
  }

  get ended(): Promise<Exit> {
    return this.#ended.promise;
  }

  get facts(): Process {
    const { id, pid, request, startedAt } = this.state;
    return { id, pid, request, startedAt, ...(this.exit && { exit: this.exit }) };
  }

  /** Does its steps from where it is; what goes wrong inside is said on stderr, and ends it with 1. */
  run(): void {
    const { timeoutMs } = this.state.request;
    if (timeoutMs !== undefined) void this.#limit(timeoutMs);
    void this.#steps().then(
      () => this.end({ code: 0 }),
      async (error: unknown) => {
        if (this.exit !== undefined) return;
        const text = Buffer.from(`${error instanceof Error ? error.name : "error"}\n`);
        await this.say(text, "stderr").catch(() => {});
        this.end({ code: 1 });
      },
    );
  }

  end(how: { code?: number; signal?: string; isOutOfMemory?: true; isTimedOut?: true }): void {
    if (this.exit !== undefined) return;
    const { code = null, signal = null, isOutOfMemory = false } = how;
    const at = Math.round(this.#machine.clock.now());
    this.exit = { code, signal, isOutOfMemory, at, ...(how.isTimedOut && { isTimedOut: true }) };
    this.#stop.abort(new Error("the process has ended"));
    this.input.close();
    this.log.end();
    this.#machine.forgetListeners(this);
    this.#ended.resolve(this.exit);
  }

  /** A signal that is trapped says the text and ends with 0; any other ends the process. */
  async kill(name: string): Promise<void> {
    const text = name === "SIGKILL" ? undefined : this.traps.get(name);
    if (text === undefined) return this.end({ signal: name });
    await this.say(Buffer.from(text), "stdout").catch(() => {});
    this.end({ code: 0 });
  }

  async say(data: Uint8Array, to: "stdout" | "stderr"): Promise<void> {
    await this.#machine.running(this.signal);
    const stream = this.state.request.tty === undefined ? to : "tty";
    await this.log.write(stream, data, this.signal);
    this.state.written = this.log.bytes;
  }

  async #steps(): Promise<void> {
    const { state } = this;
    for (; state.at < state.steps.length; state.at++) {
      const step = state.steps[state.at];
      await this.#machine.running(this.signal);
      if (step !== undefined) await runStep(this, step, this.#machine);
    }
  }

  async #limit(timeoutMs: number): Promise<void> {
    await this.#machine.clock.sleep(timeoutMs, { signal: this.signal }).catch(() => {});
    this.end({ signal: "SIGKILL", isTimedOut: true });
  }
}
