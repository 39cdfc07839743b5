import type { RunOrder } from "../channel/messages.ts";
import { homePath } from "./base-files.ts";
import { type Chance, seededChance, systemChance } from "./chance.ts";
import { CallError, errorNumber } from "./error-number.ts";
import { EventBuffer, type Topic } from "./event-buffer.ts";
import { type EndReason, GuestEnd } from "./guest-end.ts";
import type { GuestMachine } from "./guest-machine.ts";
import type { Outside } from "./guest-state.ts";
import { callRunner, type RunnerAnswer } from "./runner-call.ts";

/** The parts of a run that are bytes. */
export interface RunBytes {
  readonly seed: Uint8Array;
  readonly script: Uint8Array;
  readonly stdin: Uint8Array;
  readonly files: readonly Uint8Array[];
}

/** Where the outside of a run is connected to. */
export interface RunLine {
  event(topic: Topic, data: Uint8Array): void;
  pulse(fuel: number): void;
  /** Milliseconds that never go back. */
  monotonicMs(): number;
  epochMs(): number;
}

export type RunEnd = RunnerAnswer | EndReason;

/** What a run did. */
export interface RunResult {
  readonly end: RunEnd;
  readonly fuel: number;
  readonly memoryBytes: number;
  /** The interpreter came back by itself, so its stack is where it was before. */
  readonly isSound: boolean;
}

/** Virtual milliseconds that pass at each look of a sleeping guest at its clock. */
const sleepStepMs = 1;

/** Fuel that makes one virtual millisecond. */
const fuelPerMs = 1_000_000;

/** Slices between two signs of life. */
const slicesPerPulse = 16;

/** Runs a script, or a function of it, to its end. */
export function runScript(
  machine: GuestMachine,
  what: { readonly order: RunOrder; readonly bytes: RunBytes; readonly line: RunLine },
): RunResult {
  const { order, bytes, line } = what;
  const events = new EventBuffer(order, line.event);
  const checkTime = () => {
    if (line.monotonicMs() > order.endsAtMs)
      throw new GuestEnd({ kind: "exhausted", meter: "wallMs" });
  };
  const { interpreter } = machine;
  machine.outside = outsideOf(order, { bytes, line, events, machine, checkTime });
  machine.memoryBytesMax = order.memoryBytes;
  machine.stdinPosition = 0;
  machine.tree.quota.peakBytes = machine.tree.quota.bytes;
  machine.tree.quota.room = () => order.memoryBytes - machine.memory.size;
  let slices = 0;
  const onSlice = () => {
    events.flushEarly();
    if (++slices % slicesPerPulse === 0) line.pulse(interpreter.used());
    checkTime();
  };
  let isSound = false;
  const end = runToEnd(() => {
    const answer = interpreter.work({ fuel: order.fuel, onSlice }, () => {
      placeFiles(machine, { order, bytes });
      return callRunner(machine, order);
    });
    isSound = true;
    return answer;
  });
  events.flush();
  const memoryBytes = machine.memory.size + machine.tree.quota.peakBytes;
  const used = interpreter.used();
  // The last stretch of a run is charged, but no check follows it.
  const isOver = used > order.fuel;
  const last: RunEnd = isOver ? { kind: "exhausted", meter: "fuel" } : end;
  const fuel = Math.min(used, order.fuel);
  return { end: boundOutput(last, { events, order }), fuel, memoryBytes, isSound };
}

function runToEnd(job: () => RunnerAnswer): RunEnd {
  try {
    return job();
  } catch (error) {
    if (error instanceof GuestEnd) return error.reason;
    // Native stack: the guest's own limits are below it, but the machine's may be lower still.
    if (error instanceof RangeError) return { kind: "exhausted", meter: "depth" };
    if (error instanceof CallError && error.errno === errorNumber.ENOSPC) return { kind: "memory" };
    if (error instanceof CallError) return { kind: "argument", text: `files ${error.message}` };
    throw error;
  }
}

/** The result counts as output too. */
function boundOutput(
  end: RunEnd,
  used: { readonly events: EventBuffer; readonly order: RunOrder },
): RunEnd {
  if (end.kind !== "value") return end;
  const isTooLong = used.events.total + end.output.length > used.order.outputBytes;
  return isTooLong ? { kind: "exhausted", meter: "outputBytes" } : end;
}

function placeFiles(
  machine: GuestMachine,
  what: { readonly order: RunOrder; readonly bytes: RunBytes },
): void {
  const { order, bytes } = what;
  if (machine.memory.size > order.memoryBytes) throw new CallError("ENOSPC");
  for (const [i, path] of order.files.entries()) {
    machine.tree.writeFile(absolute(path), bytes.files[i] ?? new Uint8Array(0));
  }
  machine.tree.writeFile(absolute(order.scriptName), bytes.script);
}

function absolute(path: string): string {
  return path.startsWith("/") ? path : `${homePath}/${path}`;
}

interface OutsideParts {
  readonly bytes: RunBytes;
  readonly line: RunLine;
  readonly events: EventBuffer;
  readonly machine: GuestMachine;
  checkTime(): void;
}

/** The deterministic outside is a function of the order; the other one looks at the machine. */
function outsideOf(order: RunOrder, parts: OutsideParts): Outside {
  const { bytes, line, events, machine, checkTime } = parts;
  const { interpreter } = machine;
  const common = {
    stdin: bytes.stdin,
    write(topic: Topic, data: Uint8Array) {
      // Sending may wait for the host, and a run that only writes comes to few slices.
      checkTime();
      events.write(topic, data);
    },
    charge: (fuel: number) => interpreter.charge(fuel),
  };
  if (!order.isDeterministic) {
    return { ...common, ...realTime(line, { events, checkTime }), random: systemChance };
  }
  let sleptMs = 0;
  const monotonicMs = () => sleptMs + interpreter.used() / fuelPerMs;
  const chance: Chance = seededChance(bytes.seed);
  return {
    ...common,
    random: chance,
    monotonicMs,
    wallClockMs: () => order.now + monotonicMs(),
    pauseMs: () => {
      sleptMs += sleepStepMs;
      return monotonicMs();
    },
  };
}

const pauseCell = new Int32Array(new SharedArrayBuffer(4));

function realTime(
  line: RunLine,
  parts: { readonly events: EventBuffer; checkTime(): void },
): Pick<Outside, "monotonicMs" | "wallClockMs" | "pauseMs"> {
  return {
    monotonicMs: () => line.monotonicMs(),
    wallClockMs: () => line.epochMs(),
    pauseMs: () => {
      parts.events.flushEarly();
      parts.checkTime();
      Atomics.wait(pauseCell, 0, 0, 1);
      return line.monotonicMs();
    },
  };
}
