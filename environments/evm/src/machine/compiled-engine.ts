import { type EngineModule, engine } from "@bedplate/wasm-module";
import { TierOne, type TierOneMode } from "../compile/tier-one.ts";
import type { Crypto } from "../crypto/crypto.ts";
import type { Context, Engine, Message, MessageResult } from "../engine.ts";
import { pageBytes } from "./layout.ts";
import { MachineInstance } from "./machine-instance.ts";
import { buildMachine } from "./machine-module.ts";
import { emptyChanges, readResult } from "./read-result.ts";
import { MachineStopped, WorldHost } from "./world-host.ts";
import { writeMessage } from "./write-message.ts";

export interface CompiledEngineOptions {
  readonly crypto: Crypto;
  /** Upper bound of the linear memory of one instance; at least 320, by default 1,024. */
  readonly memoryMaxMiB?: number | undefined;
  /** When code is compiled; `off` leaves everything to the interpreter. By default in the background. */
  readonly tierOne?: TierOneMode | "off" | undefined;
}

/** Memory that gas pays for may still be more than there is: such an execution is stopped, not failed. */
const memoryMaxMiBDefault = 1_024;
const memoryMiBMin = 320;
/** Addresses stay positive as 32-bit integers. */
const memoryMiBMax = 2_047;
/** Instances kept for the next message; more exist only while messages nest. */
const idleInstancesMax = 2;

let machineModule: { readonly pages: number; readonly module: EngineModule } | undefined;

/** Executes messages on the machine in Wasm. */
export class CompiledEngine implements Engine {
  readonly name = "compiled";
  readonly #crypto: Crypto;
  readonly #pages: number;
  readonly #idle: Seat[] = [];
  readonly #tierOne: TierOne | undefined;

  constructor(options: CompiledEngineOptions) {
    const { crypto, memoryMaxMiB = memoryMaxMiBDefault, tierOne = "background" } = options;
    this.#crypto = crypto;
    this.#tierOne = tierOne === "off" ? undefined : new TierOne(tierOne);
    this.#pages = Math.min(memoryMiBMax, Math.max(memoryMiBMin, memoryMaxMiB)) * 16;
  }

  execute(message: Message, context: Context): MessageResult {
    this.#tierOne?.takeUp();
    const seat = this.#idle.pop() ?? this.#seat();
    const result = execute(seat, { message, context });
    if (seat.machine.isReusable && this.#idle.length < idleInstancesMax) this.#idle.push(seat);
    return result;
  }

  [Symbol.dispose](): void {
    this.#idle.length = 0;
    this.#tierOne?.[Symbol.dispose]();
  }

  #seat(): Seat {
    const host = new WorldHost(this.#crypto, this.#tierOne);
    const memoryBytesMax = this.#pages * pageBytes;
    const machine = new MachineInstance(moduleOf(this.#pages), { host, memoryBytesMax });
    this.#tierOne?.prepare(machine);
    return { machine, host };
  }
}

/** An instance and its host. */
interface Seat {
  readonly machine: MachineInstance;
  readonly host: WorldHost;
}

function moduleOf(pages: number): EngineModule {
  if (machineModule?.pages !== pages) {
    machineModule = { pages, module: new engine.Module(buildMachine({ memoryPagesMax: pages })) };
  }
  return machineModule.module;
}

/** What the world throws, passes; the instance is lost then, and whatever it held with it. */
function execute(
  { machine, host }: Seat,
  { message, context }: { readonly message: Message; readonly context: Context },
): MessageResult {
  machine.reset();
  machine.setFork(context.fork, { isTracing: context.tracer !== undefined });
  host.begin(machine, context);
  try {
    if (!writeMessage(machine, message, context)) throw new MachineStopped("memoryLimit");
    machine.exports.execute();
    machine.memory.refresh();
    return readResult(machine, message);
  } catch (error) {
    if (!(error instanceof MachineStopped)) throw error;
    machine.memory.refresh();
    return stopped(error, message);
  } finally {
    host.end();
  }
}

function stopped({ reason }: MachineStopped, { gas }: Message): MessageResult {
  return {
    kind: "stopped",
    failure: reason,
    gasLeft: gas,
    gasRefund: 0n,
    output: new Uint8Array(),
    logs: [],
    changes: emptyChanges,
  };
}
