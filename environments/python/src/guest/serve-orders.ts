import { hash } from "node:crypto";
import type { RewrittenModule } from "@bedplate/wasm-module";
import { type Frame, splitBytes } from "../channel/frame.ts";
import type {
  Answer,
  DoneAnswer,
  LoadOrder,
  Order,
  RunOrder,
  StateOrder,
} from "../channel/messages.ts";
import { digestFiles } from "./digest-files.ts";
import { type GuestMachine, type MachineCapture, openMachine } from "./guest-machine.ts";
import type { MeteredModule } from "./metered-module.ts";
import { type RunEnd, type RunResult, runScript } from "./run-script.ts";
import { warmUpOrder, warmUpSource } from "./warm-up.ts";

/** How a guest process talks to its host. */
export interface OrderChannel {
  read(): Frame | undefined;
  send(answer: Answer, body?: Uint8Array): void;
}

/** What the guest process takes from Node, so that nothing else of it has to stay reachable. */
export interface ProcessTools {
  compile(module: RewrittenModule): MeteredModule;
  cpuMs(): number;
  monotonicMs(): number;
  epochMs(): number;
  /** Gives memory of dropped instances back. */
  collect(): void;
}

/** Does what the host orders, one thing at a time, until the host is gone. */
export function serveOrders(channel: OrderChannel, tools: ProcessTools): void {
  let server: OrderServer | undefined;
  for (;;) {
    const frame = channel.read();
    if (frame === undefined) return;
    const order = frame.header as Order;
    if (order.order === "load") {
      server = new OrderServer(channel, { tools, ...load(order, frame.body, tools) });
      channel.send({ answer: "ready" });
    } else {
      if (server === undefined) throw new Error("an order came before the module");
      server.obey(order, frame.body);
    }
  }
}

function load(
  order: LoadOrder,
  body: Uint8Array,
  tools: ProcessTools,
): { readonly machine: GuestMachine; readonly base: MachineCapture } {
  const [code, image, library, ...wheels] = splitBytes(body, order.lengths);
  if (code === undefined || image === undefined || library === undefined) {
    throw new Error("the order to load is not complete");
  }
  let at = 0;
  const runs = order.image.stretches.map(([offset, length]) => {
    const bytes = image.subarray(at, at + length);
    at += length;
    return { offset, bytes };
  });
  const { size, run } = order.image;
  const module = tools.compile({ ...order.module, bytes: code });
  const packages = order.packages.map((name, i) => ({ name, bytes: wheels[i] ?? nothing }));
  const opened = openMachine({ module, library, packages, image: { size, run, runs } });
  warmUp(opened, tools);
  return opened;
}

/** Runs a script once, so that the engine has compiled what every script needs. */
function warmUp(
  { machine, base }: { readonly machine: GuestMachine; readonly base: MachineCapture },
  tools: ProcessTools,
): void {
  const script = new TextEncoder().encode(warmUpSource);
  const bytes = { seed: new Uint8Array(32), script, stdin: nothing, files: [] };
  const line = { ...tools, event: () => {}, pulse: () => {} };
  const { isSound } = runScript(machine, { order: warmUpOrder, bytes, line });
  machine.restore(base, { isSound });
  tools.collect();
}

/** One loaded interpreter and the states that it can return to. */
class OrderServer {
  readonly #channel: OrderChannel;
  readonly #tools: ProcessTools;
  readonly #machine: GuestMachine;
  readonly #base: MachineCapture;
  readonly #marks = new Map<number, MachineCapture>();

  constructor(
    channel: OrderChannel,
    parts: {
      readonly tools: ProcessTools;
      readonly machine: GuestMachine;
      readonly base: MachineCapture;
    },
  ) {
    this.#channel = channel;
    this.#tools = parts.tools;
    this.#machine = parts.machine;
    this.#base = parts.base;
  }

  obey(order: Exclude<Order, { readonly order: "load" }>, body: Uint8Array): void {
    if (order.order === "run") this.#run(order, body);
    else if (order.order === "digest") {
      this.#channel.send({ answer: "digest", digest: digestMachine(this.#machine) });
    } else {
      this.#changeState(order);
      this.#channel.send({ answer: "ready" });
    }
  }

  #changeState(order: StateOrder): void {
    switch (order.order) {
      case "mark":
        this.#marks.set(order.mark, this.#machine.capture());
        return;
      case "rewind":
        this.#machine.restore(this.#marks.get(order.mark) ?? this.#base, { isSound: true });
        this.#marks.delete(order.mark);
        return;
      case "settle":
        this.#marks.delete(order.mark);
        return;
      case "reset":
        this.#marks.clear();
        this.#machine.restore(this.#base, { isSound: true });
        return;
    }
  }

  #run(order: RunOrder, body: Uint8Array): void {
    const [seed, script, stdin, ...files] = splitBytes(body, order.lengths);
    if (seed === undefined || script === undefined || stdin === undefined) {
      throw new Error("the order to run is not complete");
    }
    // A session's run that does not return leaves the state as it was.
    const before = order.isSession ? this.#machine.capture() : this.#base;
    const channel = this.#channel;
    const startedAt = this.#tools.cpuMs();
    const result = runScript(this.#machine, {
      order,
      bytes: { seed, script, stdin, files },
      line: {
        event: (topic, data) => {
          const fuel = this.#machine.interpreter.used();
          channel.send({ answer: "event", topic, fuel }, data);
        },
        pulse: (fuel) => channel.send({ answer: "pulse", fuel }),
        monotonicMs: () => this.#tools.monotonicMs(),
        epochMs: () => this.#tools.epochMs(),
      },
    });
    const cpuMs = Math.max(0, Math.round(this.#tools.cpuMs() - startedAt));
    const { done, output } = answerOf(result, cpuMs);
    channel.send(done, output);
    const isKept = order.isSession && result.end.kind === "value";
    if (!isKept) this.#putBack(before, result);
    channel.send({ answer: "ready" });
  }

  #putBack(before: MachineCapture, { isSound }: RunResult): void {
    this.#machine.restore(before, { isSound });
    if (!isSound) this.#tools.collect();
  }
}

const nothing = new Uint8Array(0);

function answerOf(
  result: RunResult,
  cpuMs: number,
): { readonly done: DoneAnswer; readonly output: Uint8Array } {
  const { fuel, memoryBytes } = result;
  const done = { answer: "done", exitCode: 0, text: "", fuel, cpuMs, memoryBytes } as const;
  const output = result.end.kind === "value" ? result.end.output : nothing;
  return { done: { ...done, ...endOf(result.end) }, output };
}

/** Longest text of an answer, in characters. */
const textMax = 256;

function endOf(end: RunEnd): Pick<DoneAnswer, "end"> & Partial<DoneAnswer> {
  switch (end.kind) {
    case "value":
      return { end: "returned" };
    case "failure":
      return { end: "failed", exitCode: end.code };
    case "exit":
      return end.code === 0 ? { end: "returned" } : { end: "failed", exitCode: end.code & 0xff };
    case "memory":
      return { end: "exhausted", text: "memoryBytes" };
    case "exhausted":
      return { end: "exhausted", text: end.meter };
    case "trap":
      return { end: "trapped", text: end.reason.slice(0, textMax) };
    case "entry":
      return { end: "entry", text: end.text.slice(0, textMax) };
    case "argument":
      return { end: "argument", text: end.text.slice(0, textMax) };
  }
}

function digestMachine(machine: GuestMachine): string {
  const memory = hash("sha256", machine.memory.bytes, "hex");
  return hash("sha256", `${memory} ${digestFiles(machine)}`, "hex");
}
