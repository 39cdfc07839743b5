import { type ChildProcessByStdio, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import type { Readable, Writable } from "node:stream";
import { nativeProgram } from "./native-program.ts";

/** The program of this package that keeps one machine; see `native/src/main.c`. */
export const wardenPath: string = nativeProgram("warden");

/** The program that carries bytes to an agent inside; see `native/relay/relay.c`. */
export const relayProgram: string = nativeProgram("relay");

/** True where this package has the program for this processor. */
export function hasWarden(): boolean {
  return process.platform === "linux" && existsSync(wardenPath);
}

/** One of a warden's orders: a directive and its words. */
export type Directive =
  | readonly ["map", first: string, count: string]
  | readonly ["loop" | "look", image: string, target: string]
  | readonly ["tmpfs", target: string, options: string]
  | readonly ["shift" | "bind", source: string, target: string, mode: "ro" | "rw"]
  | readonly ["overlay", target: string, options: string]
  | readonly ["folder", path: string, mode: string]
  | readonly ["move", source: string, target: string]
  | readonly ["report" | "join"]
  | readonly ["hide" | "home" | "cgroup" | "pid" | "exit" | "listen", path: string];

/** The machine's first process: its id is its own only together with when it started. */
export interface StartedProcess {
  readonly pid: number;
  /** Ticks since the host started, as `/proc/PID/stat` has it. */
  readonly startTicks: number;
  readonly wardenPid: number;
}

/** Most words that a warden may answer before it is believed no more. */
const answerBytesMax = 4096;

/** Longest time that one whose orders ended may take to go, which is to unmount. */
const leaveMsMax = 10_000;

/** One warden: takes orders while it is told any, and is on its own once it has started a runtime. */
export class Warden {
  readonly #child: ChildProcessByStdio<Writable, Readable, null>;
  readonly #ended: Promise<void>;
  #said = "";
  #changed = Promise.withResolvers<void>();
  #hasEnded = false;

  constructor(stateFolder: string) {
    this.#child = spawn(wardenPath, [stateFolder], {
      stdio: ["pipe", "pipe", "ignore"],
      env: {},
      // A session of its own: what ends the server does not end its machines.
      detached: true,
    });
    this.#ended = new Promise((resolve) => {
      this.#child.once("exit", () => resolve());
      this.#child.once("error", () => resolve());
    });
    this.#listen();
    this.#hold(false);
  }

  /** Gives orders; those that cannot be obeyed are told by the next answer. */
  tell(directives: readonly Directive[]): void {
    this.#write(directives.flat());
  }

  /** Comes back when all that was told is done. */
  async report(timeoutMs: number): Promise<void> {
    this.tell([["report"]]);
    const answer = await this.#answer(timeoutMs);
    if (answer !== "ready") throw refusal(answer);
  }

  /** Starts the runtime, and comes back when the machine's first process runs. */
  async launch(options: {
    readonly command: readonly string[];
    readonly timeoutMs: number;
  }): Promise<StartedProcess> {
    this.#write(["--", ...options.command]);
    this.#child.stdin.end();
    const answer = await this.#answer(options.timeoutMs);
    const [word, pid, ticks] = answer.split(" ");
    if (word !== "started") throw refusal(answer);
    return { pid: Number(pid), startTicks: Number(ticks), wardenPid: this.#child.pid ?? 0 };
  }

  /** Ends one that has started nothing. */
  async dismiss(): Promise<void> {
    this.#child.stdin.end();
    const timer = setTimeout(() => this.#child.kill("SIGKILL"), leaveMsMax);
    this.#hold(true);
    await this.#ended;
    this.#hold(false);
    clearTimeout(timer);
  }

  #write(words: readonly string[]): void {
    this.#child.stdin.write(words.map((word) => `${word}\0`).join(""));
  }

  async #answer(timeoutMs: number): Promise<string> {
    const late = Promise.withResolvers<never>();
    const timer = setTimeout(
      () => late.reject(new Error(`the warden did not answer within ${timeoutMs} ms`)),
      timeoutMs,
    );
    this.#hold(true);
    try {
      for (;;) {
        const end = this.#said.indexOf("\n");
        const line = this.#said.slice(0, Math.max(0, end));
        this.#said = this.#said.slice(end + 1);
        if (end >= 0) return line;
        if (this.#hasEnded || this.#said.length > answerBytesMax) return this.#said;
        await Promise.race([this.#changed.promise, late.promise]);
      }
    } finally {
      this.#hold(false);
      clearTimeout(timer);
    }
  }

  #listen(): void {
    const { stdin, stdout } = this.#child;
    const tell = () => {
      this.#changed.resolve();
      this.#changed = Promise.withResolvers<void>();
    };
    const end = () => {
      this.#hasEnded = true;
      tell();
    };
    stdout.on("data", (chunk: Buffer) => {
      if (this.#said.length <= answerBytesMax) this.#said += chunk.toString("utf8");
      tell();
    });
    stdout.once("close", end);
    this.#child.once("error", end);
    // One that has gone says so where its answer is awaited.
    stdin.on("error", () => {});
  }

  /** Only who waits for an answer keeps this process alive. */
  #hold(isHeld: boolean): void {
    const ends = [this.#child, this.#child.stdin as unknown, this.#child.stdout as unknown];
    for (const each of ends as { ref?: () => void; unref?: () => void }[]) {
      if (isHeld) each.ref?.();
      else each.unref?.();
    }
  }
}

function refusal(answer: string): Error {
  const why = answer.replace("failed ", "");
  return new Error(why === "" ? "the warden ended without an answer" : why);
}
