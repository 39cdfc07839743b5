import type { TierOne } from "../compile/tier-one.ts";
import type { Crypto } from "../crypto/crypto.ts";
import { type PrecompileSet, precompilesOf } from "../crypto/precompiles/precompile-set.ts";
import type { Context } from "../engine.ts";
import * as layout from "./layout.ts";
import type { MachineHost, MachineInstance } from "./machine-instance.ts";
import { StepRecorder } from "./step-recorder.ts";

/** Thrown through the machine to end an execution that has used up something of the host. */
export class MachineStopped extends Error {
  override readonly name = "MachineStopped";
  readonly reason: "deadline" | "memoryLimit";

  constructor(reason: "deadline" | "memoryLimit") {
    super(reason);
    this.reason = reason;
  }
}

/** Answers the machine's questions from the context of the message that executes. */
export class WorldHost implements MachineHost {
  readonly #crypto: Crypto;
  readonly #tierOne: TierOne | undefined;
  #machine: MachineInstance | undefined;
  #context: Context | undefined;
  #precompiles: PrecompileSet | undefined;
  #recorder: StepRecorder | undefined;

  constructor(crypto: Crypto, tierOne?: TierOne) {
    this.#crypto = crypto;
    this.#tierOne = tierOne;
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

  pollHost(_gas: bigint, sp: number): void {
    this.#checkDeadline();
    const { fork, tracer } = this.#now();
    if (tracer === undefined) this.#tierOne?.busy(this.#instance(), { sp, fork });
  }

  loadAccount(entry: number): void {
    const { memory } = this.#instance();
    const { account, accountFlags } = layout;
    const found = this.#now().world.account(memory.itemBytes(entry + account.address, 20));
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
    const set = this.#precompiles as PrecompileSet;
    const called = set.at(number);
    if (called === undefined) return gas;
    const input = memory.bytes(at, size);
    const left = gas - called.gas(input, set.rules);
    if (left < 0n) return -1n;
    const output = called.run(input, {
      crypto: this.#crypto,
      rules: set.rules,
      checkpoint: () => this.#checkDeadline(),
    });
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
