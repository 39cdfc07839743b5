import type { TierOne } from "../compile/tier-one.ts";
import type { Crypto } from "../crypto/crypto.ts";
import { type PrecompileSet, precompilesOf } from "../crypto/precompiles/precompile-set.ts";
import type { Context, StopReason } from "../engine.ts";
import {
  type ExtensionPrecompile,
  extensionGas,
  runExtension,
} from "../extension/extension-precompile.ts";
import * as layout from "./layout.ts";
import type { MachineHost, MachineInstance } from "./machine-instance.ts";
import { StepRecorder } from "./step-recorder.ts";

/** Thrown through the machine to end an execution that has used up something of the host. */
export class MachineStopped extends Error {
  override readonly name = "MachineStopped";
  readonly reason: StopReason;

  constructor(reason: StopReason) {
    super(reason);
    this.reason = reason;
  }
}

export interface WorldHostOptions {
  readonly crypto: Crypto;
  readonly tierOne?: TierOne | undefined;
  /** Host operations that stand at addresses of their own. */
  readonly extensions?: readonly ExtensionPrecompile[] | undefined;
}

/** Numbers of extensions, behind all that two bytes of an address can say. */
const firstExtension = 0x1_0000;

/** Answers the machine's questions from the context of the message that executes. */
export class WorldHost implements MachineHost {
  readonly #crypto: Crypto;
  readonly #tierOne: TierOne | undefined;
  readonly #extensions: readonly ExtensionPrecompile[];
  #machine: MachineInstance | undefined;
  #context: Context | undefined;
  #precompiles: PrecompileSet | undefined;
  #recorder: StepRecorder | undefined;

  constructor({ crypto, tierOne, extensions = [] }: WorldHostOptions) {
    this.#crypto = crypto;
    this.#tierOne = tierOne;
    this.#extensions = extensions;
  }

  begin(machine: MachineInstance, context: Context): void {
    this.#machine = machine;
    this.#context = context;
    this.#precompiles = precompilesOf(context.fork);
    const { tracer } = context;
    this.#recorder = tracer === undefined ? undefined : new StepRecorder(tracer, machine.memory);
  }

  /** Lets go of the context. */
  end(): void {
    this.#recorder?.finish();
    this.#context = undefined;
    this.#recorder = undefined;
  }

  exhausted(): void {
    throw new MachineStopped("memoryLimit");
  }

  outputExhausted(): void {
    throw new MachineStopped("outputLimit");
  }

  pollHost(_gas: bigint, sp: number): void {
    this.#checkDeadline();
    const { fork, tracer } = this.#now();
    if (tracer === undefined) this.#tierOne?.busy(this.#instance(), { sp, fork });
  }

  loadAccount(entry: number): void {
    const { memory } = this.#instance();
    const { account, accountFlags } = layout;
    const address = memory.itemBytes(entry + account.address, 20);
    const extension = this.#extensionAt(address);
    if (extension >= 0) memory.setInt(entry + account.precompile, firstExtension + extension);
    const found = this.#now().world.account(address);
    if (found === undefined) {
      memory.setBytes(entry + account.codeHash, memory.view(layout.constants.emptyHash, 32));
      memory.setBytes(entry + account.codeHashBefore, memory.view(layout.constants.emptyHash, 32));
      return;
    }
    memory.setLong(
      entry + account.flags,
      memory.long(entry + account.flags) | BigInt(accountFlags.exists),
    );
    memory.setInt(entry + account.existsBefore, 1);
    memory.setInt(entry + account.hasStorageBefore, found.hasStorage === true ? 1 : 0);
    for (const [nonce, balance, codeHash] of [
      [account.nonce, account.balance, account.codeHash],
      [account.nonceBefore, account.balanceBefore, account.codeHashBefore],
    ] as const) {
      memory.setLong(entry + nonce, found.nonce);
      memory.setItem(entry + balance, found.balance);
      memory.setBytes(entry + codeHash, found.codeHash);
    }
  }

  loadCode(entry: number): number {
    const { memory, exports } = this.#instance();
    const hash = memory.bytes(entry + layout.account.codeHash, 32);
    const bytes = this.#now().world.code(hash);
    const object = exports.newCode(bytes.length);
    memory.setBytes(object, bytes);
    memory.setBytes(object + layout.code.hash, hash);
    exports.keepCode(object);
    return object;
  }

  loadSlot(entry: number): void {
    const { memory } = this.#instance();
    const { account, slot } = layout;
    const owner = memory.int(entry + slot.account);
    const value = this.#now().world.storage(
      memory.itemBytes(owner + account.address, 20),
      memory.itemBytes(entry + slot.key, 32),
    );
    memory.setItemBytes(entry + slot.value, value);
  }

  blockHashHost(item: number): void {
    const { memory } = this.#instance();
    memory.setItemBytes(item, this.#now().block.blockHash(memory.long(item)));
  }

  precompile(number: number, at: number, size: number, gas: bigint): bigint {
    const { memory, exports } = this.#instance();
    const called = this.#called(number);
    if (called === undefined) return gas;
    const input = memory.bytes(at, size);
    const left = gas - called.gas(input);
    if (left < 0n) return -1n;
    this.#checkDeadline();
    const output = called.run(input);
    if (output === undefined) return -1n;
    memory.setBytes(exports.returnBuffer(output.length), output);
    return left;
  }

  hot(object: number): void {
    const { fork, tracer } = this.#now();
    if (tracer === undefined) this.#tierOne?.hot(this.#instance(), { object, fork });
  }

  traceHost(gas: bigint, sp: number, memory: number, memorySize: number, pc: number): void {
    this.#instance();
    this.#recorder?.step({ gas, sp, memory, memorySize, pc });
  }

  #called(number: number): Called | undefined {
    const extension = this.#extensions[number - firstExtension];
    if (extension !== undefined) {
      return {
        gas: (input) => extensionGas(extension, input),
        run: (input) => runExtension(extension, input),
      };
    }
    const { rules, at } = this.#precompiles as PrecompileSet;
    const checkpoint = () => this.#checkDeadline();
    const means = { crypto: this.#crypto, rules, checkpoint };
    const precompile = at(number);
    return (
      precompile && {
        gas: (input) => precompile.gas(input, rules),
        run: (input) => precompile.run(input, means),
      }
    );
  }

  /** The position of the extension at an address, or -1. */
  #extensionAt(address: Uint8Array): number {
    if (this.#extensions.length === 0) return -1;
    return this.#extensions.findIndex((each) => Buffer.compare(each.address, address) === 0);
  }

  #checkDeadline(): void {
    const { deadline } = this.#now();
    if (deadline !== undefined && performance.now() > deadline)
      throw new MachineStopped("deadline");
  }

  #instance(): MachineInstance {
    const instance = this.#machine as MachineInstance;
    instance.memory.refresh();
    return instance;
  }

  #now(): Context {
    return this.#context as Context;
  }
}

/** A precompile of the fork, or an extension. */
interface Called {
  gas(input: Uint8Array): bigint;
  run(input: Uint8Array): Uint8Array | undefined;
}
