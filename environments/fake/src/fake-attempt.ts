import { type Random, seededRandom } from "@bedplate/clock";
import {
  eventBounds,
  type GuestEvent,
  type Invocation,
  type Outcome,
  type StateCredit,
  type StateWrite,
} from "@bedplate/environment";
import { type FaultCode, faultCodes, raise } from "@bedplate/errors";
import { exhausted, FakeMeter, RunEnd } from "./fake-meter.ts";
import type { Safepoint } from "./fake-safepoint.ts";
import type { FakeSource, FakeStep } from "./fake-script.ts";

/** A state key that is not resident: the attempt is over, the run is not. */
export class StateMiss {
  readonly key: Uint8Array;

  constructor(key: Uint8Array) {
    this.key = key;
  }
}

/** What an attempt needs from its run. */
export interface AttemptContext {
  readonly invocation: Invocation;
  readonly slots: Map<string, number>;
  readonly safepoint: Safepoint;
  /** Outcomes of cross-calls that an earlier attempt has made already, in order. */
  readonly called: Outcome[];
  onEvent(event: GuestEvent, index: number): void;
  onObservation(
    point: string,
    fuel: number,
    facts: Readonly<Record<string, number | string>>,
  ): void;
}

/** Fuel that an endless loop uses between two looks at the clock. */
const spinFuel = 1_000_000;

/** One attempt at a run, from its first step. */
export class FakeAttempt {
  readonly meter: FakeMeter;
  readonly events: GuestEvent[] = [];
  output: Uint8Array = new Uint8Array();
  #writes = new Map<string, StateWrite>();
  readonly #credits = new Map<string, { readonly key: Uint8Array; readonly by: number }>();
  #value: Uint8Array = new Uint8Array();
  #callCount = 0;
  readonly #context: AttemptContext;
  readonly #random: Random;

  constructor(context: AttemptContext) {
    const { budget, seed } = context.invocation;
    this.#context = context;
    this.meter = new FakeMeter(budget);
    this.#random = seededRandom(Buffer.from(seed).toString("hex"));
  }

  /** Captured writes: unique keys, sorted bytewise. */
  get writes(): readonly StateWrite[] {
    return [...this.#writes.values()].sort((a, b) => Buffer.compare(a.key, b.key));
  }

  /** Captured additions, in the same order. */
  get credits(): readonly StateCredit[] {
    return [...this.#credits.values()]
      .sort((a, b) => Buffer.compare(a.key, b.key))
      .map(({ key, by }) => ({ key, amount: amountOf(by) }));
  }

  async run(steps: readonly FakeStep[]): Promise<void> {
    for (const step of steps) {
      this.meter.burn(1);
      if (this.#context.safepoint.isDue()) await this.#context.safepoint.rest();
      const done = this.#do(step);
      if (done !== undefined) await done;
    }
  }

  #do(step: FakeStep): Promise<void> | undefined {
    switch (step.do) {
      case "say":
        this.#say(step.topic ?? "stdout", this.#data(step));
        return;
      case "output":
        this.#setOutput(this.#data(step));
        return;
      case "burn":
        this.meter.burn(step.fuel);
        return;
      case "allocate":
        this.#allocate(step.bytes);
        return;
      case "recurse":
        this.meter.descend(step.levels ?? this.#inputNumber());
        return;
      case "write":
        this.#write(bytes(step.key), step.text === null ? null : this.#data(step));
        return;
      case "read":
        this.#read(step.key === undefined ? this.#named(step) : bytes(step.key));
        return;
      case "add":
        this.#add(step.key === undefined ? this.#named(step) : bytes(step.key), step.by);
        return;
      case "credit":
        this.#credit(bytes(step.key), step.by);
        return;
      case "demand":
        if (this.#inputText() !== step.text)
          throw new RunEnd("refused", "it asks for another input");
        return;
      case "turn":
        this.#turn(step);
        return;
      case "count":
        this.#count(step.slot ?? "count");
        return;
      case "clock":
        this.#value = bytes(String(this.#clock()));
        return;
      case "random":
        this.#value = bytes(Buffer.from(this.#random.bytes(step.bytes)).toString("hex"));
        return;
      case "call":
        return this.#call(step);
      case "sleep":
        return this.#context.safepoint.sleep(step.ms);
      case "spin":
        return this.#spin();
      case "repeat":
        return this.#repeat(step);
      case "attempt":
        return this.#attempt(step.steps);
      default:
        throw ending(step);
    }
  }

  #say(topic: string, data: Uint8Array): void {
    const event = { topic, data };
    if (this.events.length >= eventBounds.eventsMax) throw exhausted("outputBytes");
    this.meter.output(event.data.length);
    const index = this.events.push(event) - 1;
    this.#context.onEvent(event, index);
    this.#context.onObservation("event", this.meter.fuel, { topic, bytes: event.data.length });
  }

  #setOutput(output: Uint8Array): void {
    this.meter.takeBack(this.output.length);
    this.output = new Uint8Array();
    this.meter.output(output.length);
    this.output = output;
  }

  #allocate(size: number): void {
    this.meter.allocate(size);
    this.#context.onObservation("memory-grow", this.meter.fuel, { bytes: size });
  }

  #write(key: Uint8Array, value: Uint8Array | null): void {
    this.#writes.set(hex(key), { key, value });
  }

  #add(key: Uint8Array, by: number): void {
    this.#read(key);
    const before = Number(Buffer.from(this.#value).toString("utf8"));
    this.#value = bytes(String((Number.isSafeInteger(before) ? before : 0) + by));
    this.#write(key, this.#value);
  }

  #credit(key: Uint8Array, by: number): void {
    const before = this.#credits.get(hex(key))?.by ?? 0;
    this.#credits.set(hex(key), { key, by: before + by });
  }

  #turn({ key, place }: FakeStep & { do: "turn" }): void {
    this.#read(bytes(key));
    const next = Number(Buffer.from(this.#value).toString("utf8")) || 0;
    if (next < place) throw new RunEnd("refused", "it is too early", { isEarly: true });
    if (next > place) throw new RunEnd("refused", "its place has gone by");
    this.#write(bytes(key), bytes(String(place + 1)));
  }

  #named({ from = "input" }: { readonly from?: FakeSource }): Uint8Array {
    return from === "input" ? this.#context.invocation.input : this.#value;
  }

  #read(key: Uint8Array): void {
    const written = this.#writes.get(hex(key));
    const found = written === undefined ? this.#peek(key) : written.value;
    this.#value = found ?? bytes("(none)");
  }

  #peek(key: Uint8Array): Uint8Array | null {
    const { reads } = this.#context.invocation;
    const found = reads === undefined ? null : reads.peek(key);
    if (found === undefined) throw new StateMiss(key);
    return found;
  }

  #count(slot: string): void {
    const next = (this.#context.slots.get(slot) ?? 0) + 1;
    this.#context.slots.set(slot, next);
    this.#value = bytes(String(next));
  }

  /** The guest's clock: the run's, moved on by the work done, so that waiting loops end. */
  #clock(): number {
    return this.#context.invocation.now + Math.floor(this.meter.fuel / 1_000_000);
  }

  async #call(step: FakeStep & { do: "call" }): Promise<void> {
    const { called, invocation } = this.#context;
    const at = this.#callCount++;
    const known = called[at];
    const outcome = known ?? (await this.#callOut(step, invocation));
    called[at] = outcome;
    this.#value = bytes(outcome.kind);
  }

  #callOut(step: FakeStep & { do: "call" }, invocation: Invocation): Promise<Outcome> {
    if (invocation.call === undefined) throw new RunEnd("trapped", "there is nobody to call");
    const { target = this.#inputText(), entry = "main", text = "", isStatic = false } = step;
    const budget = { ...invocation.budget, fuel: this.meter.fuelLeft };
    return invocation.call({ target, entry, input: bytes(text), budget, isStatic });
  }

  async #spin(): Promise<never> {
    for (;;) {
      const left = this.meter.fuelLeft ?? spinFuel;
      this.meter.burn(Math.max(1, Math.min(left, spinFuel)));
      await this.#context.safepoint.rest();
    }
  }

  async #repeat(step: FakeStep & { do: "repeat" }): Promise<void> {
    const times = step.times ?? Number.POSITIVE_INFINITY;
    for (let i = 0; i < times; i++) {
      this.meter.burn(1);
      await this.run(step.steps);
    }
  }

  async #attempt(steps: readonly FakeStep[]): Promise<void> {
    const [writes, slots] = [new Map(this.#writes), new Map(this.#context.slots)];
    try {
      await this.run(steps);
    } catch (end) {
      if (!(end instanceof RunEnd) || !["reverted", "trapped"].includes(end.kind)) throw end;
      this.#writes = writes;
      this.#context.slots.clear();
      for (const [name, value] of slots) this.#context.slots.set(name, value);
      this.#value = bytes(end.kind);
    }
  }

  #data(step: { readonly text?: string | null; readonly from?: FakeSource }): Uint8Array {
    if (step.from === "input") return this.#context.invocation.input;
    return step.from === "value" ? this.#value : bytes(step.text ?? "");
  }

  #inputText(): string {
    return Buffer.from(this.#context.invocation.input).toString("utf8");
  }

  #inputNumber(): number {
    const found = Number(this.#inputText());
    if (!Number.isSafeInteger(found) || found < 0) throw new RunEnd("trapped", "no number");
    return found;
  }
}

function ending(step: FakeStep): unknown {
  switch (step.do) {
    case "return":
      return new RunEnd("returned");
    case "revert":
      return new RunEnd("reverted", "", { exitCode: step.exitCode });
    case "trap":
      return new RunEnd("trapped", step.reason ?? "a scripted trap");
    case "refuse":
      return new RunEnd("refused", step.reason ?? "a scripted refusal");
    case "fault":
      return scriptedFault(step.code, step.text ?? "a scripted fault");
    default:
      throw new Error(`a step without an end: ${step.do}`);
  }
}

function scriptedFault(code: string, message: string): Error {
  const known = code in faultCodes ? (code as FaultCode) : "internal.bug";
  return raise(known, {
    op: "instance.invoke",
    blame: "plugin",
    detail: { where: "script" } as never,
    message,
  });
}

/** A number as big-endian bytes without leading zeros. */
function amountOf(number: number): Uint8Array {
  const digits = number.toString(16);
  return new Uint8Array(
    Buffer.from(digits.padStart(digits.length + (digits.length % 2), "0"), "hex"),
  );
}

function bytes(text: string): Uint8Array {
  return new Uint8Array(Buffer.from(text, "utf8"));
}

function hex(key: Uint8Array): string {
  return Buffer.from(key).toString("hex");
}
