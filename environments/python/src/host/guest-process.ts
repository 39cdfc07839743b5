import type { ChildProcess } from "node:child_process";
import type { Duplex } from "node:stream";
import { raise } from "@bedplate/errors";
import { answerSchema } from "../channel/answer-schema.ts";
import { encodeFrameHead, type Frame } from "../channel/frame.ts";
import { FrameReader } from "../channel/frame-reader.ts";
import type { Answer, Order } from "../channel/messages.ts";
import { type GuestProgram, spawnGuest } from "./spawn-guest.ts";

/** What a process answered at last, and the bytes with it. */
export interface Reply {
  readonly answer: Answer;
  readonly body: Uint8Array;
}

/** Hears what a process says before its last answer. */
export interface ReplyListener {
  onEvent?(topic: "stdout" | "stderr", data: Uint8Array, fuel: number): void;
  onPulse?(fuel: number): void;
}

interface Waiting {
  readonly listener: ReplyListener;
  resolve(reply: Reply): void;
  reject(error: unknown): void;
}

/** Most that is kept of what a process writes to `stderr` as it breaks, in characters. */
const diagnosisMax = 2048;

/** A child process that obeys one order at a time. */
export class GuestProcess {
  readonly #child: ChildProcess;
  readonly #socket: Duplex;
  readonly #reader = new FrameReader();
  #waiting: Waiting | undefined;
  #diagnosis = "";
  #isOver = false;
  /** Settled unless the process still puts back what a run has changed. */
  #restored: PromiseWithResolvers<void> | undefined;
  #onExit: (() => void)[] = [];

  constructor(what: GuestProgram) {
    this.#child = spawnGuest(what);
    this.#socket = this.#child.stdio[3] as Duplex;
    this.#socket.on("data", (chunk: Uint8Array) => this.#hear(chunk));
    this.#socket.on("error", () => this.#end());
    this.#socket.on("close", () => this.#end());
    this.#child.on("error", () => this.#end());
    this.#child.on("exit", () => this.#end());
    this.#child.stderr?.on("data", (chunk: Uint8Array) => {
      this.#diagnosis = (this.#diagnosis + new TextDecoder().decode(chunk)).slice(-diagnosisMax);
    });
    // A waiting guest process does not keep its host alive.
    this.#child.unref();
    for (const stream of [this.#socket, this.#child.stderr]) {
      (stream as unknown as { unref?(): void } | null)?.unref?.();
    }
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  /** Whether it would begin with an order at once. */
  get isIdle(): boolean {
    return this.#waiting === undefined && this.#restored === undefined;
  }

  /** Waits until the process has put back what the last run changed, or is over. */
  async idle(): Promise<void> {
    await this.#restored?.promise;
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  /** Sends an order and waits for its last answer; rejects with `plugin.crashed` when the process ends. */
  request(order: Order, body: readonly Uint8Array[], listener: ReplyListener = {}): Promise<Reply> {
    const length = body.reduce((sum, part) => sum + part.length, 0);
    return this.sendRaw([encodeFrameHead(order, length), ...body], listener);
  }

  /** The same, for a frame that is already encoded. */
  async sendRaw(parts: readonly Uint8Array[], listener: ReplyListener = {}): Promise<Reply> {
    await this.idle();
    if (this.#isOver) throw this.#crashed();
    if (this.#waiting !== undefined) throw new Error("a guest process obeys one order at a time");
    this.#ref(true);
    const reply = new Promise<Reply>((resolve, reject) => {
      this.#waiting = { listener, resolve, reject };
    });
    for (const part of parts) if (part.length > 0) this.#socket.write(part);
    return reply;
  }

  /** Waits for an answer to no order: what the maker sends by itself. */
  listen(): Promise<Frame> {
    this.#ref(true);
    return new Promise((resolve, reject) => {
      this.#waiting = { listener: {}, resolve: () => {}, reject };
      this.#onFrame = (frame) => {
        this.#waiting = undefined;
        this.#ref(false);
        resolve(frame);
      };
    });
  }

  /** Ends the process and all that it may have started, at once. */
  kill(): void {
    const { pid } = this.#child;
    if (pid === undefined || this.#child.exitCode !== null) return;
    try {
      // Its own group: the number is the leader's, which is a child of ours not yet reaped.
      process.kill(-pid, "SIGKILL");
    } catch {
      this.#child.kill("SIGKILL");
    }
  }

  onExit(listener: () => void): void {
    if (this.#isOver) listener();
    else this.#onExit.push(listener);
  }

  #onFrame: (frame: Frame) => void = (frame) => {
    const answer = answerSchema.parse(frame.header, { what: "a guest process's answer" });
    const listener: ReplyListener = this.#waiting?.listener ?? {};
    if (answer.answer === "event") listener.onEvent?.(answer.topic, frame.body, answer.fuel);
    else if (answer.answer === "pulse") listener.onPulse?.(answer.fuel);
    else if (answer.answer === "ready" && this.#restored !== undefined) this.#endRestoring();
    else {
      if (answer.answer === "done") this.#restored = Promise.withResolvers();
      this.#settle({ answer, body: frame.body });
    }
  };

  #hear(chunk: Uint8Array): void {
    try {
      for (const frame of this.#reader.push(chunk)) this.#onFrame(frame);
    } catch {
      // It does not speak as a guest process does: whatever it is now, it is over.
      this.kill();
      this.#end();
    }
  }

  #endRestoring(): void {
    this.#restored?.resolve();
    this.#restored = undefined;
  }

  #settle(reply: Reply): void {
    const waiting = this.#waiting;
    this.#waiting = undefined;
    this.#ref(false);
    waiting?.resolve(reply);
  }

  #end(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.kill();
    this.#endRestoring();
    this.#waiting?.reject(this.#crashed());
    this.#waiting = undefined;
    for (const listener of this.#onExit) listener();
    this.#onExit = [];
  }

  #ref(isBusy: boolean): void {
    const verb = isBusy ? "ref" : "unref";
    this.#child[verb]();
    (this.#socket as unknown as { ref?(): void; unref?(): void })[verb]?.();
  }

  #crashed(): Error {
    const [line = "it said nothing"] = this.#diagnosis.split("\n").filter((each) => each !== "");
    return raise("plugin.crashed", {
      op: "python.guest",
      detail: { reason: "the guest process ended" },
      message: `Cannot go on: the guest process ended (${line.slice(0, 200)})`,
    });
  }
}
