/**
 * Makes EVM programs that mostly run to their end from arbitrary numbers: the height of the stack is
 * followed, jumps lead to JUMPDESTs, memory offsets are small. What is left on the stack and in memory
 * comes back as output.
 */
export interface Pick {
  readonly kind: number;
  readonly value: bigint;
}

const two = [
  0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x07, 0x0b, 0x10, 0x11, 0x12, 0x13, 0x14, 0x16, 0x17, 0x18,
  0x1a, 0x1b, 0x1c, 0x1d, 0x0a,
] as const;
const one = [0x15, 0x19, 0x1e, 0x31, 0x35, 0x3b, 0x3f, 0x40, 0x49, 0x54, 0x5c] as const;
const none = [
  0x30, 0x32, 0x33, 0x34, 0x36, 0x38, 0x3a, 0x3d, 0x41, 0x42, 0x43, 0x44, 0x45, 0x46, 0x47, 0x48,
  0x4a, 0x58, 0x59, 0x5a,
] as const;
const depthMax = 3;
const heightMax = 40;

export class ProgramBuilder {
  readonly #bytes: number[] = [];
  readonly #picks: readonly Pick[];
  readonly #functions: number[] = [];
  #at = 0;
  #height = 0;

  constructor(picks: readonly Pick[]) {
    this.#picks = picks;
  }

  build(): Uint8Array {
    this.#writeFunctions();
    while (this.#at < this.#picks.length) this.#piece(0);
    while (this.#height > 0) this.#keepTop();
    this.#push(0x400n);
    this.#push(0n);
    this.#op(0xf3, -2);
    return Uint8Array.from(this.#bytes);
  }

  /** A function takes its return address and one item, and leaves one item. */
  #writeFunctions(): void {
    const hole = this.#jumpHole(0x56, 0);
    for (let count = 0; count < 2; count++) {
      this.#functions.push(this.#bytes.length);
      this.#bytes.push(0x5b);
      this.#height = 2;
      for (let pieces = 0; pieces < 3; pieces++) this.#piece(depthMax, 1);
      this.#settle(2);
      this.#bytes.push(0x90, 0x56);
    }
    this.#patch(hole, this.#bytes.length);
    this.#bytes.push(0x5b);
    this.#height = 0;
  }

  #next(): Pick {
    return this.#picks[this.#at++] ?? { kind: 0, value: 0n };
  }

  /** One piece of the program; the items below `floor` are left alone. */
  #piece(depth: number, floor = 0): void {
    const { kind, value } = this.#next();
    const room = this.#height - floor;
    const choice = kind % 24;
    if (this.#height >= heightMax) this.#keepTop();
    else if (choice < 6 || room < 2) this.#push(value);
    else if (choice < 12) this.#op(two[kind % two.length] as number, -1);
    else if (choice === 12) this.#op(one[kind % one.length] as number, 0);
    else if (choice === 13) this.#op(none[kind % none.length] as number, 1);
    else if (choice === 14) this.#op(0x80 + Math.min(kind % 16, room - 1), 1);
    else if (choice === 15) this.#op(0x90 + Math.min(kind % 16, room - 2), 0);
    else if (choice === 16) this.#memory(value);
    else if (choice === 17) this.#storage(value);
    else if (choice === 18) this.#modular(kind, value);
    else if (choice === 19) this.#copying(kind, value);
    else if (choice === 20 && depth < depthMax) this.#branch(depth, floor);
    else if (choice === 21 && depth < depthMax) this.#loop(depth, value);
    else if (choice === 22 && depth < depthMax) this.#callFunction(kind);
    else if (choice === 23 && depth < depthMax) this.#callSelf(kind, value);
    else this.#keepTop();
  }

  #branch(depth: number, floor: number): void {
    const hole = this.#jumpHole(0x57, 1);
    const height = this.#height;
    for (let pieces = 0; pieces < 3; pieces++) this.#piece(depth + 1, floor);
    this.#settle(height);
    this.#patch(hole, this.#bytes.length);
    this.#bytes.push(0x5b);
  }

  /** Counts down from a small number, which stays below what the body touches. */
  #loop(depth: number, value: bigint): void {
    this.#push((value & 7n) + 1n);
    const start = this.#bytes.length;
    this.#bytes.push(0x5b);
    const height = this.#height;
    for (let pieces = 0; pieces < 3; pieces++) this.#piece(depth + 1, height);
    this.#settle(height);
    this.#bytes.push(0x60, 1, 0x90, 0x03, 0x80, 0x61, start >> 8, start & 0xff, 0x57);
    this.#op(0x50, -1);
  }

  #callFunction(kind: number): void {
    const target = this.#functions[kind % this.#functions.length] as number;
    const back = this.#bytes.length + 8;
    this.#bytes.push(0x61, back >> 8, back & 0xff, 0x90, 0x61, target >> 8, target & 0xff, 0x56);
    this.#bytes.push(0x5b);
  }

  /** CALL, CALLCODE, DELEGATECALL or STATICCALL of this very code, with a little gas. */
  #callSelf(kind: number, value: bigint): void {
    const opcode = [0xf1, 0xf2, 0xf4, 0xfa][kind % 4] as number;
    for (const item of [32n, 0x40n, 32n, 0x20n]) this.#push(item);
    if (opcode === 0xf1 || opcode === 0xf2) this.#push(0n);
    this.#op(0x30, 1);
    this.#push(value & 0xffffn);
    this.#op(opcode, opcode === 0xf1 || opcode === 0xf2 ? -6 : -5);
  }

  #memory(value: bigint): void {
    this.#push(value & 0x3ffn);
    const opcode = [0x51, 0x52, 0x53][Number(value >> 10n) % 3] as number;
    this.#op(opcode, opcode === 0x51 ? 0 : -2);
  }

  #storage(value: bigint): void {
    this.#push(value & 3n);
    const opcode = [0x54, 0x55, 0x5c, 0x5d][Number((value >> 4n) & 3n)] as number;
    this.#op(opcode, opcode === 0x54 || opcode === 0x5c ? 0 : -2);
  }

  #modular(kind: number, value: bigint): void {
    this.#push(value);
    this.#op(kind % 2 === 0 ? 0x08 : 0x09, -2);
  }

  /** Hashes, copies and logs of small ranges. */
  #copying(kind: number, value: bigint): void {
    const opcode = [0x20, 0x37, 0x39, 0x5e, 0xa0, 0xa1][kind % 6] as number;
    if (opcode === 0xa1) this.#push(value);
    this.#push(value & 0x7fn);
    if (opcode === 0x37 || opcode === 0x39 || opcode === 0x5e) this.#push((value >> 7n) & 0xffn);
    this.#push((value >> 15n) & 0xffn);
    this.#op(opcode, { 32: -1, 160: -2 }[opcode] ?? -3);
  }

  /** Mixes the top item into memory. */
  #keepTop(): void {
    this.#bytes.push(0x60, this.#height * 8);
    this.#op(0x52, -1);
  }

  #settle(height: number): void {
    while (this.#height > height) this.#keepTop();
    while (this.#height < height) this.#push(BigInt(this.#height));
  }

  #jumpHole(opcode: number, pops: number): number {
    this.#bytes.push(0x61, 0, 0, opcode);
    this.#height -= pops;
    return this.#bytes.length - 3;
  }

  #patch(hole: number, target: number): void {
    this.#bytes[hole] = target >> 8;
    this.#bytes[hole + 1] = target & 0xff;
  }

  #push(value: bigint): void {
    const digits = value.toString(16);
    const bytes = Buffer.from(digits.length % 2 === 0 ? digits : `0${digits}`, "hex");
    this.#bytes.push(0x5f + bytes.length, ...bytes);
    this.#height++;
  }

  #op(opcode: number, change: number): void {
    this.#bytes.push(opcode);
    this.#height += change;
  }
}
