/** Writes bytecode with labels; jumps name them by PUSH2. Data comes behind the code. */
export class CodeBuilder {
  readonly #bytes: number[] = [];
  readonly #labels: number[] = [];
  readonly #uses: { readonly at: number; readonly label: number }[] = [];
  readonly #data: { readonly label: number; readonly bytes: Uint8Array }[] = [];
  /** Items that are on the stack here, as far as the writer knows. */
  depth = 0;

  get length(): number {
    return this.#bytes.length;
  }

  op(code: number, { pops = 0, pushes = 0 }: { pops?: number; pushes?: number } = {}): void {
    this.#bytes.push(code);
    this.depth = Math.max(0, this.depth - pops) + pushes;
  }

  raw(bytes: Iterable<number>): void {
    this.#bytes.push(...bytes);
  }

  /** As short as it goes; zero is a PUSH1. */
  push(value: bigint): void {
    const digits = value.toString(16);
    const bytes = Buffer.from(digits.padStart(digits.length + (digits.length % 2), "0"), "hex");
    this.#bytes.push(0x5f + bytes.length, ...bytes);
    this.depth++;
  }

  newLabel(): number {
    return this.#labels.push(-1) - 1;
  }

  pushLabel(label: number): void {
    this.#uses.push({ at: this.#bytes.length + 1, label });
    this.#bytes.push(0x61, 0, 0);
    this.depth++;
  }

  /** A JUMPDEST. */
  place(label: number): void {
    this.#labels[label] = this.#bytes.length;
    this.#bytes.push(0x5b);
  }

  /** Copies bytes that stand behind the code to an offset in memory. */
  copyData(bytes: Uint8Array, offset: bigint): void {
    const label = this.newLabel();
    this.#data.push({ label, bytes });
    this.push(BigInt(bytes.length));
    this.pushLabel(label);
    this.push(offset);
    this.op(0x39, { pops: 3 });
  }

  build(): Uint8Array {
    const whole = [...this.#bytes];
    for (const { label, bytes } of this.#data) {
      this.#labels[label] = whole.length;
      whole.push(...bytes);
    }
    for (const { at, label } of this.#uses) {
      const target = this.#labels[label] ?? -1;
      whole[at] = target >> 8;
      whole[at + 1] = target;
    }
    return Uint8Array.from(whole);
  }
}
