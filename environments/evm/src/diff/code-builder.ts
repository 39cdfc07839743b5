/** Writes bytecode with labels; jumps name them by PUSH2. */
export class CodeBuilder {
  readonly #bytes: number[] = [];
  readonly #labels: number[] = [];
  readonly #uses: { readonly at: number; readonly label: number }[] = [];
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

  build(): Uint8Array {
    const bytes = Uint8Array.from(this.#bytes);
    for (const { at, label } of this.#uses) {
      const target = this.#labels[label] ?? -1;
      bytes[at] = target >> 8;
      bytes[at + 1] = target;
    }
    return bytes;
  }
}
