import { type ChildProcess, spawn } from "node:child_process";
import { eventually } from "../eventually.ts";
import { guardGroup } from "./guard.ts";
import { descendantsOf, isAlive, signalProcess } from "./process-tree.ts";

/** What is started, and how one sees that it serves. */
export interface DaemonOptions {
  readonly command: string;
  readonly args: readonly string[];
  /** Removed when this process dies before it stops the daemon. */
  readonly folder: string;
  /** Matches in what the daemon prints once it serves. */
  readonly ready: RegExp;
  readonly user?: { readonly uid: number; readonly gid: number } | undefined;
  readonly variables?: Readonly<Record<string, string>> | undefined;
}

/** A program that serves until it is stopped, with the processes that it started itself. */
export interface Daemon {
  logs(): string;
  freeze(): void;
  thaw(): void;
  /** Asks it to end with `signal`, and kills it when that takes too long. */
  stop(signal: NodeJS.Signals): Promise<void>;
  kill(): Promise<void>;
}

const startTimeoutMs = 60_000;
const stopTimeoutMs = 10_000;
const drainTimeoutMs = 2_000;
const logCharsMax = 32_768;

/** Starts a program and waits until it says that it serves. */
export async function startDaemon(options: DaemonOptions): Promise<Daemon> {
  const daemon = new ChildDaemon(spawnDaemon(options), options);
  try {
    await daemon.untilReady();
    return daemon;
  } catch (error) {
    await daemon.kill();
    throw error;
  }
}

function spawnDaemon({ command, args, user, variables, folder }: DaemonOptions): ChildProcess {
  return spawn(command, args, {
    ...user,
    cwd: folder,
    // A group of its own: what interrupts the tests does not reach it before we stop it.
    detached: true,
    stdio: ["ignore", "pipe", "pipe"],
    env: { PATH: process.env["PATH"], LC_ALL: "C", TZ: "UTC", ...variables },
  });
}

class ChildDaemon implements Daemon {
  readonly #child: ChildProcess;
  readonly #options: DaemonOptions;
  readonly #ended: Promise<void>;
  /** After the end: what it printed has arrived. */
  readonly #drained: Promise<void>;
  readonly #dismissGuard: () => void;
  #failure: Error | undefined;
  #logs = "";

  constructor(child: ChildProcess, options: DaemonOptions) {
    this.#child = child;
    this.#options = options;
    this.#dismissGuard = child.pid === undefined ? () => {} : guardGroup(child.pid, options.folder);
    this.#ended = new Promise((resolve) => {
      child.once("error", (error) => {
        this.#failure = error;
        resolve();
      });
      child.once("exit", () => resolve());
    });
    this.#drained = new Promise((resolve) => child.once("close", () => resolve()));
    for (const stream of [child.stdout, child.stderr]) {
      stream?.setEncoding("utf8").on("data", (text: string) => {
        this.#logs = (this.#logs + text).slice(-logCharsMax);
      });
    }
  }

  async untilReady(): Promise<void> {
    const { command, ready } = this.#options;
    const deadline = performance.now() + startTimeoutMs;
    while (!ready.test(this.#logs)) {
      if (this.#hasEnded()) {
        await this.#untilDrained();
        throw this.#startFailure("it ended");
      }
      if (performance.now() > deadline) throw this.#startFailure(`${command} does not say so`);
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }

  logs(): string {
    return this.#logs;
  }

  /** A process that it left behind may hold the streams open, so this waits no longer than it may. */
  async #untilDrained(): Promise<void> {
    const late = new Promise((resolve) => setTimeout(resolve, drainTimeoutMs));
    if (this.#failure === undefined) await Promise.race([this.#drained, late]);
  }

  freeze(): void {
    this.#signalAll("SIGSTOP");
  }

  thaw(): void {
    this.#signalAll("SIGCONT");
  }

  async stop(signal: NodeJS.Signals): Promise<void> {
    const { pid } = this.#child;
    if (pid === undefined || signal === "SIGKILL" || this.#hasEnded()) return this.kill();
    this.thaw();
    signalProcess(pid, signal);
    const timer = setTimeout(() => void this.kill(), stopTimeoutMs);
    await this.#ended;
    clearTimeout(timer);
    this.#dismissGuard();
  }

  async kill(): Promise<void> {
    const all = this.#hasEnded() ? [] : this.#stopAll();
    for (const id of all) signalProcess(id, "SIGKILL");
    await this.#ended;
    this.#dismissGuard();
    await eventually("killed processes are gone", () => !all.some(isAlive), {
      timeoutMs: stopTimeoutMs,
    });
  }

  #signalAll(signal: NodeJS.Signals): void {
    for (const id of this.#all()) signalProcess(id, signal);
  }

  /** What stands still starts no further process while the others are being found. */
  #stopAll(): readonly number[] {
    const { pid } = this.#child;
    if (pid !== undefined) signalProcess(pid, "SIGSTOP");
    return this.#all();
  }

  #all(): readonly number[] {
    const { pid } = this.#child;
    return pid === undefined || this.#hasEnded() ? [] : [pid, ...descendantsOf(pid)];
  }

  #hasEnded(): boolean {
    const { exitCode, signalCode } = this.#child;
    return exitCode !== null || signalCode !== null || this.#failure !== undefined;
  }

  #startFailure(what: string): Error {
    const { command } = this.#options;
    const reason = this.#failure?.message ?? what;
    return new Error(`Cannot start ${command}: ${reason}\n${this.#logs}`, {
      cause: this.#failure,
    });
  }
}
