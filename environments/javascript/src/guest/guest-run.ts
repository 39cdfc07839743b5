import type { GuestEvent, Outcome } from "@bedplate/environment";
import { Chance } from "./chance.ts";
import { exhausted } from "./ending.ts";
import { GuestClock } from "./guest-clock.ts";
import type { HostFunctionName } from "./kernel.ts";
import { MemoryBound } from "./memory-bound.ts";
import { resolveModule } from "./module-names.ts";
import { OutputLog } from "./output-log.ts";
import type { QuickJs, QuickJsHost } from "./quick-js.ts";
import type { RunPlan } from "./run-plan.ts";
import type { ValueAddress } from "./value.ts";
import type { WallWatch } from "./wall-watch.ts";

/**
 * Fuel for the host's part of one call: some microseconds, so a guest cannot have work done here for
 * nothing. What depends on the length of a text costs the guest its own fuel to convert.
 */
const hostCallFuel = 10_000n;

/** Fuel for a byte of chance: a hash of 32 bytes takes most of a microsecond. */
const chanceFuel = 256n;

/** A promise that was rejected while nobody listened. */
interface Rejection {
  readonly promise: ValueAddress;
  readonly reason: ValueAddress;
  readonly identity: number;
}

/** The host's side of one run: everything that its guest can reach beyond its own memory. */
export class GuestRun implements QuickJsHost {
  readonly memory: MemoryBound;
  readonly output: OutputLog;
  readonly clock: GuestClock;
  readonly chance: Chance;
  /** Set when the guest asked to exit; nothing of it may run after. */
  exitCode: number | undefined;
  readonly #engine: QuickJs;
  readonly #plan: RunPlan;
  readonly #watch: WallWatch;
  #rejections: Rejection[] = [];

  constructor(
    engine: QuickJs,
    options: {
      readonly plan: RunPlan;
      readonly watch: WallWatch;
      readonly onEvent: (event: GuestEvent) => void;
    },
  ) {
    const { plan, watch, onEvent } = options;
    const { budget, profile, nowMs } = plan;
    this.#engine = engine;
    this.#plan = plan;
    this.#watch = watch;
    this.memory = new MemoryBound(
      Math.min(budget.memoryBytes ?? plan.memoryBytesMax, plan.memoryBytesMax),
    );
    this.output = new OutputLog({
      bytesMax: budget.outputBytes ?? plan.outputBytesMax,
      ...plan.eventBounds,
      onEvent,
    });
    this.clock = new GuestClock({ profile, nowMs, fuelUsed: () => engine.instance.fuelUsed });
    this.chance = new Chance(plan.seed);
  }

  call(name: string, values: readonly ValueAddress[]): ValueAddress {
    if (this.exitCode !== undefined) return this.#unwind();
    if (!this.#engine.instance.charge(hostCallFuel)) throw exhausted("fuel");
    const [first = 0, second = 0] = values;
    const engine = this.#engine;
    switch (name as HostFunctionName) {
      case "write":
        return this.#write(first, engine.textBytes(second));
      case "writeBytes":
        return this.#write(first, engine.bufferBytes(second));
      case "stdin":
        return engine.newBuffer(this.#plan.input.stdin);
      case "file":
        return this.#file(engine.text(first) ?? "");
      case "now":
        return engine.run("qjs_new_number", this.clock.nowMs());
      case "random":
        return engine.newBuffer(this.#random(engine.run("qjs_get_float64", first)));
      case "encode":
        return engine.newBuffer(engine.textBytes(first) ?? new Uint8Array());
      case "decode":
        return this.#decode(first, engine.run("qjs_get_float64", second));
      case "exit":
        this.exitCode = engine.run("qjs_get_float64", first);
        return this.#unwind();
      default:
        return engine.newUndefined();
    }
  }

  now(): bigint {
    return this.clock.nowNs();
  }

  mayGrow(pages: number): boolean {
    return this.memory.mayGrow(pages);
  }

  rejected(promise: ValueAddress, reason: ValueAddress, isHandled: boolean): void {
    const identity = this.#engine.run("qjs_get_value_ptr", promise);
    if (!isHandled) {
      this.#rejections.push({ promise, reason, identity });
      return;
    }
    const known = this.#rejections.filter((each) => each.identity === identity);
    this.#rejections = this.#rejections.filter((each) => each.identity !== identity);
    for (const each of [{ promise, reason }, ...known]) {
      this.#engine.free(each.promise);
      this.#engine.free(each.reason);
    }
  }

  /** The reason of the first rejection that nobody handled. */
  takeRejection(): ValueAddress | undefined {
    return this.#rejections.shift()?.reason;
  }

  normalizeModule(importer: string, name: string): string | undefined {
    return resolveModule(importer, name);
  }

  loadModule(name: string): string | undefined {
    const bytes = this.#plan.input.files[name];
    return bytes && new TextDecoder().decode(bytes);
  }

  /** Called between slices of fuel: the places where a guest can be stopped. */
  atSlice(): void {
    this.output.flushEarly();
    this.#watch.demandTime();
  }

  /** Waits until a timer is due. */
  waitUntil(atMs: number): void {
    this.output.flushEarly();
    this.clock.waitUntil(atMs, (ms) => this.#watch.sleep(ms));
  }

  /** A run that ended well, with what it leaves. */
  returned(output: Uint8Array, exitCode: number | undefined): Outcome {
    this.output.demandRoom(output.length);
    return { kind: "returned", output, ...(exitCode !== undefined && { exitCode }) };
  }

  #unwind(): ValueAddress {
    this.#engine.throwUncatchable();
    return 0;
  }

  #write(stream: ValueAddress, data: Uint8Array | undefined): ValueAddress {
    const topic = this.#engine.text(stream) === "stderr" ? "stderr" : "stdout";
    if (data === undefined) throw exhausted("memoryBytes");
    this.output.write(topic, data);
    return this.#engine.newUndefined();
  }

  #random(count: number): Uint8Array {
    if (!this.#engine.instance.charge(chanceFuel * BigInt(count))) throw exhausted("fuel");
    return this.chance.bytes(count);
  }

  #file(path: string): ValueAddress {
    const found = this.#plan.input.files[resolveModule("/", path) ?? `/${path}`];
    return found === undefined ? this.#engine.newUndefined() : this.#engine.newBuffer(found);
  }

  /** Flags: 1 refuses malformed bytes, 2 keeps a byte order mark. */
  #decode(buffer: ValueAddress, flags: number): ValueAddress {
    const decoder = new TextDecoder("utf-8", {
      fatal: (flags & 1) !== 0,
      ignoreBOM: (flags & 2) !== 0,
    });
    const bytes = this.#engine.bufferBytes(buffer);
    try {
      return this.#engine.newText(decoder.decode(bytes));
    } catch (error) {
      if (!(error instanceof TypeError)) throw error;
      return this.#engine.newUndefined();
    }
  }
}
