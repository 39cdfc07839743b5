import { CodeWriter } from "../emit/code-writer.ts";
import { op, type ValueType } from "../emit/opcodes.ts";
import type { CompileTarget } from "./compile-target.ts";
import {
  constantValue,
  type FlagValue,
  type ItemAddress,
  type ItemValue,
  type Limb,
  type LimbNumber,
  type Limbs,
  type LocalLimb,
  limbNumbers,
  type Value,
} from "./values.ts";

/** Parameters of a step, which are its first locals. */
export const parameter = { gas: 0, sp: 1, memory: 2, memorySize: 3, pc: 4 } as const;
const parameterCount = 5;
export const itemBytes = 32;

/**
 * Writes one step: Wasm code, and beside it what the EVM stack would hold. Items of the real stack are
 * addressed from `base`, the lowest one that the step reaches, so that offsets are never negative.
 *
 * A limb is loaded where it is first needed, and later code relies on that local; so nothing may ask for
 * a limb while code is written that does not always run, unless it was asked for before.
 */
export class BlockWriter {
  readonly code: CodeWriter = new CodeWriter(parameterCount);
  readonly target: CompileTarget;
  /** The symbolic stack; the first `needed` items are those of the caller. */
  readonly stack: Value[];
  /** Items below the top at the start that the step reaches. */
  readonly needed: number;
  /** Bytes of EVM memory that are known to be there. */
  memoryKnown = 0;
  readonly #base: number;
  /** Wasm blocks around the place that is being written. */
  #level = 0;
  #zeros: number | undefined;
  readonly #temporaries = new Map<string, number>();

  constructor(target: CompileTarget, needed: number) {
    this.target = target;
    this.needed = needed;
    this.#base = needed === 0 ? parameter.sp : this.code.local("i32");
    this.stack = Array.from({ length: needed }, (_, index) => this.stackItem(index));
  }

  /** Sets `base`; to be called once, where the step begins to work. */
  begin(): void {
    if (this.needed === 0) return;
    this.code.localGet(parameter.sp);
    this.code.i32Const(this.needed * itemBytes);
    this.code.op(op.i32_sub);
    this.code.localSet(this.#base);
  }

  stackItem(index: number): ItemValue {
    const address = { base: this.#base, offset: index * itemBytes, index };
    return { kind: "item", address, limbs: [undefined, undefined, undefined, undefined] };
  }

  push(value: Value): void {
    this.stack.push(value);
  }

  pushConstant(value: bigint): void {
    this.stack.push(constantValue(value));
  }

  pop(): Value {
    const value = this.stack.pop();
    if (value === undefined) throw new Error("The symbolic stack is empty");
    return value;
  }

  /** Opens a Wasm block or `if`; what is inside does not always run. */
  open(kind: "block" | "if"): void {
    this.#level++;
    this.code[kind]();
  }

  close(): void {
    this.#level--;
    this.code.end();
  }

  /** How many blocks a branch leaves that leads out of the block opened as number `level`. */
  depthOf(level: number): number {
    return this.#level - level;
  }

  get level(): number {
    return this.#level;
  }

  /** A local for short use; the same one for the same name. */
  temporary(name: string, type: ValueType): number {
    const known = this.#temporaries.get(name);
    if (known !== undefined) return known;
    const local = this.code.local(type);
    this.#temporaries.set(name, local);
    return local;
  }

  /** Takes the i64 on the Wasm stack into a new limb. */
  define(bits = 64): LocalLimb {
    const local = this.code.local("i64");
    this.code.localSet(local);
    return { local, bits };
  }

  /** Takes the i32 on the Wasm stack as a flag. */
  defineFlag(): FlagValue {
    const local = this.code.local("i32");
    this.code.localSet(local);
    return { kind: "flag", local, limb: undefined };
  }

  limb(value: Value, number: LimbNumber): Limb {
    if (value.kind === "limbs") return value.limbs[number];
    if (value.kind === "flag") return number === 0 ? this.#extended(value) : 0n;
    const known = value.limbs[number];
    if (known !== undefined) return known;
    const loaded = this.#load(value, number);
    value.limbs[number] = loaded;
    return loaded;
  }

  limbs(value: Value): Limbs {
    return [this.limb(value, 0), this.limb(value, 1), this.limb(value, 2), this.limb(value, 3)];
  }

  /** Puts a limb on the Wasm stack. */
  put(limb: Limb): void {
    if (typeof limb === "bigint") this.code.i64Const(limb);
    else this.code.localGet(limb.local);
  }

  /** Puts an i32 on the Wasm stack that is not 0 where the value is not. */
  putIsTrue(value: Value): void {
    if (value.kind === "flag") {
      this.code.localGet(value.local);
      return;
    }
    this.putAny(this.limbs(value));
    this.code.i64Const(0);
    this.code.op(op.i64_ne);
  }

  /** Puts the bitwise or of limbs on the Wasm stack. */
  putAny(limbs: readonly Limb[]): void {
    const some = limbs.filter((each) => each !== 0n);
    if (some.length === 0) this.code.i64Const(0);
    for (const [index, each] of some.entries()) {
      this.put(each);
      if (index > 0) this.code.op(op.i64_or);
    }
  }

  /** Puts the address of a place of the stack on the Wasm stack. */
  putAddress(index: number): void {
    this.code.localGet(this.#base);
    if (index === 0) return;
    this.code.i32Const(index * itemBytes);
    this.code.op(op.i32_add);
  }

  /** Puts the address above the top item on the Wasm stack. */
  putTop(): void {
    this.putAddress(this.stack.length);
  }

  /** Sees to it that the `count` items at the top are in their places in memory. */
  spillTop(count: number): void {
    for (let index = this.stack.length - count; index < this.stack.length; index++) {
      if (this.#isInPlace(index)) continue;
      this.protect(index);
      this.#store(index, this.stack[index] as Value);
      this.stack[index] = this.stackItem(index);
    }
  }

  /** To be called before a place is written: what other items are to be read from there is read now. */
  protect(index: number): void {
    for (const [at, value] of this.stack.entries()) {
      if (at === index || value.kind !== "item" || value.address?.index !== index) continue;
      this.limbs(value);
      value.address = undefined;
    }
  }

  /**
   * Writes every item to its place, and does not change what is known: for an exit, also one that is
   * not always taken. What moves within the stack is read before anything is written.
   */
  writeBack(): void {
    const moved = new Map<ItemValue, readonly [number, number]>();
    for (const [index, value] of this.stack.entries()) {
      if (this.#isInPlace(index) || value.kind !== "item" || moved.has(value)) continue;
      if (value.address?.index === undefined || isLoaded(value)) continue;
      moved.set(value, this.#loadWhole(value.address, moved.size));
    }
    for (const [index, value] of this.stack.entries()) {
      if (this.#isInPlace(index)) continue;
      const whole = value.kind === "item" ? moved.get(value) : undefined;
      if (whole === undefined) this.#store(index, value);
      else this.#storeWhole(index, whole);
    }
  }

  /** An item outside the stack. Known limbs may be given. */
  item(address: ItemAddress, known: readonly (Limb | undefined)[] = []): ItemValue {
    return { kind: "item", address, limbs: limbNumbers.map((number) => known[number]) };
  }

  #isInPlace(index: number): boolean {
    const value = this.stack[index];
    return value?.kind === "item" && value.address?.index === index;
  }

  #extended(value: FlagValue): LocalLimb {
    if (value.limb === undefined) {
      this.code.localGet(value.local);
      this.code.op(op.i64_extend_i32_u);
      value.limb = this.define(1);
    }
    return value.limb;
  }

  #load(value: ItemValue, number: LimbNumber): LocalLimb {
    const { base, offset } = addressOf(value);
    if (base === undefined) this.code.i32Const(0);
    else this.code.localGet(base);
    this.code.memory(op.i64_load, offset + 8 * number);
    return this.define();
  }

  #loadWhole({ base, offset }: ItemAddress, number: number): readonly [number, number] {
    const locals = [0, 1].map((half) => {
      const local = this.temporary(`move ${number}.${half}`, "v128");
      if (base === undefined) this.code.i32Const(0);
      else this.code.localGet(base);
      this.code.v128Load(offset + 16 * half);
      this.code.localSet(local);
      return local;
    });
    return locals as [number, number];
  }

  #storeWhole(index: number, whole: readonly [number, number]): void {
    for (const [half, local] of whole.entries()) {
      this.code.localGet(this.#base);
      this.code.localGet(local);
      this.code.v128Store(index * itemBytes + 16 * half);
    }
  }

  #store(index: number, value: Value): void {
    const address = value.kind === "item" ? value.address : undefined;
    if (address !== undefined && !isLoaded(value as ItemValue)) {
      this.#storeWhole(index, this.#loadWhole(address, -1));
      return;
    }
    const limbs = value.kind === "flag" ? undefined : (value.limbs as Limbs);
    for (const half of [0, 2] as const) {
      if (limbs?.[half] === 0n && limbs[half + 1] === 0n) this.#storeZeros(index, half);
      else if (value.kind === "flag" && half === 2) this.#storeZeros(index, half);
      else {
        this.#storeLimb(index, half, limbs === undefined ? (value as FlagValue) : limbs[half]);
        this.#storeLimb(index, half + 1, limbs?.[half + 1] ?? 0n);
      }
    }
  }

  #storeLimb(index: number, number: number, limb: Limb | FlagValue): void {
    this.code.localGet(this.#base);
    if (typeof limb === "object" && "kind" in limb) {
      this.code.localGet(limb.local);
      this.code.op(op.i64_extend_i32_u);
    } else this.put(limb);
    this.code.memory(op.i64_store, index * itemBytes + 8 * number);
  }

  /** A local of vector type that nothing writes is zeros. */
  #storeZeros(index: number, number: number): void {
    this.#zeros ??= this.code.local("v128");
    this.code.localGet(this.#base);
    this.code.localGet(this.#zeros);
    this.code.v128Store(index * itemBytes + 8 * number);
  }
}

function isLoaded(value: ItemValue): boolean {
  return value.limbs.every((each) => each !== undefined);
}

function addressOf(value: ItemValue): ItemAddress {
  if (value.address === undefined) throw new Error("An overwritten item was not loaded");
  return value.address;
}
