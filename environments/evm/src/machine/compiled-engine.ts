import { type FaultError, raise } from "@bedplate/errors";
import { engine } from "@bedplate/wasm-module";
import { TierOne, type TierOneMode } from "../compile/tier-one.ts";
import type { Crypto } from "../crypto/crypto.ts";
import type { Context, Engine, Message, MessageResult } from "../engine.ts";
import { checkExtensions, type ExtensionPrecompile } from "../extension/extension-precompile.ts";
import type { Fork } from "../forks/fork.ts";
import { MachineInstance } from "./machine-instance.ts";
import { type MachineModule, openMachineModule } from "./open-machine-module.ts";
import { emptyChanges, readResult } from "./read-result.ts";
import { MachineStopped, WorldHost } from "./world-host.ts";
import { writeMessage } from "./write-message.ts";

export interface CompiledEngineOptions {
  readonly crypto: Crypto;
  /** Upper bound of the linear memory of one instance: 640 to 2,047, which is the default. */
  readonly memoryMaxMiB?: number | undefined;
  /** Host operations at addresses of their own; only what was granted. */
  readonly extensions?: readonly ExtensionPrecompile[] | undefined;
  /** The machine as another thread opened it; otherwise it is opened here. */
  readonly machine?: MachineModule | undefined;
  /** When code is compiled; `off` leaves everything to the interpreter. By default in the background. */
  readonly tierOne?: TierOneMode | "off" | undefined;
}

/** Instances kept for the next message; more exist only while messages nest. */
const idleInstancesMax = 2;

/** Executes messages on the machine in Wasm. */
export class CompiledEngine implements Engine {
  readonly name = "compiled";
  readonly #crypto: Crypto;
  readonly #extensions: readonly ExtensionPrecompile[];
  readonly #machine: MachineModule;
  readonly #idle: Seat[] = [];
  readonly #tierOne: TierOne | undefined;

  constructor(options: CompiledEngineOptions) {
    const { crypto, memoryMaxMiB, tierOne = "background" } = options;
    this.#crypto = crypto;
    this.#extensions = options.extensions ?? [];
    checkExtensions(this.#extensions);
    this.#tierOne = tierOne === "off" ? undefined : new TierOne(tierOne);
    this.#machine = options.machine ?? openMachineModule(memoryMaxMiB);
  }

  execute(message: Message, context: Context): MessageResult {
    if (context.fork.isExperimental) throw withoutRules(context.fork);
    this.#tierOne?.takeUp();
    const seat = this.#idle.pop() ?? this.#seat();
    try {
      const result = execute(seat, { message, context });
      this.#giveBack(seat);
      return result;
    } catch (error) {
      // What the world throws leaves the instance as good as any end; a trap says that it is broken.
      if (!(error instanceof engine.RuntimeError)) this.#giveBack(seat);
      throw error;
    }
  }

  #giveBack(seat: Seat): void {
    if (seat.machine.isReusable && this.#idle.length < idleInstancesMax) this.#idle.push(seat);
  }

  /** Codes that are compiled and kept, of any fork. */
  get compiledCount(): number {
    return this.#tierOne?.compiledCount ?? 0;
  }

  [Symbol.dispose](): void {
    this.#idle.length = 0;
    this.#tierOne?.[Symbol.dispose]();
  }

  #seat(): Seat {
    const host = new WorldHost({
      crypto: this.#crypto,
      tierOne: this.#tierOne,
      extensions: this.#extensions,
    });
    const { module, memoryBytesMax } = this.#machine;
    const machine = new MachineInstance(module, { host, memoryBytesMax });
    this.#tierOne?.prepare(machine);
    return { machine, host };
  }
}

/** Of forks that are not final it has some bounds at most: better no answer than a wrong one. */
function withoutRules({ name }: Fork): FaultError<"argument.invalid"> {
  return raise("argument.invalid", {
    op: "evm.execute",
    detail: { path: "fork", rule: "a fork that is final" },
    message: `Cannot execute by the rules of ${name}: this engine does not have them yet, the reference does`,
  });
}

/** An instance and its host. */
interface Seat {
  readonly machine: MachineInstance;
  readonly host: WorldHost;
}

/** What the world throws, passes. */
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
    stopped: reason,
    gasLeft: gas,
    gasRefund: 0n,
    output: new Uint8Array(),
    logs: [],
    changes: emptyChanges,
  };
}
