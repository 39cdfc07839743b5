import { type CodeWriter, valueBytes } from "./code-writer.ts";

/** A local that inserted code keeps for itself. */
export type ExtraLocal =
  | "fuel"
  | "depth"
  | "length32"
  | "length64"
  | "f32"
  | "f64"
  | "v128"
  | "address32"
  | "address64"
  | "value-i32"
  | "value-i64"
  | "value-f32"
  | "value-f64"
  | "value-v128"
  | "other-i32"
  | "other-i64";

/** Their types, in the order of their indices. */
const localTypes: readonly (readonly [ExtraLocal, number])[] = [
  ["fuel", valueBytes.i64],
  ["depth", valueBytes.i32],
  ["length32", valueBytes.i32],
  ["length64", valueBytes.i64],
  ["f32", valueBytes.f32],
  ["f64", valueBytes.f64],
  ["v128", valueBytes.v128],
  ["address32", valueBytes.i32],
  ["address64", valueBytes.i64],
  ["value-i32", valueBytes.i32],
  ["value-i64", valueBytes.i64],
  ["value-f32", valueBytes.f32],
  ["value-f64", valueBytes.f64],
  ["value-v128", valueBytes.v128],
  ["other-i32", valueBytes.i32],
  ["other-i64", valueBytes.i64],
];

/** The locals that one function gets. */
export class ExtraLocals {
  readonly #indices: Map<ExtraLocal, number> = new Map();
  readonly #types: number[] = [];

  constructor(wanted: ReadonlySet<ExtraLocal>, localsCount: number) {
    for (const [name, type] of localTypes) {
      if (!wanted.has(name)) continue;
      this.#indices.set(name, localsCount + this.#types.length);
      this.#types.push(type);
    }
  }

  get count(): number {
    return this.#types.length;
  }

  index(name: ExtraLocal): number {
    const index = this.#indices.get(name);
    if (index === undefined) throw new Error(`The local ${name} was not asked for`);
    return index;
  }

  /** Writes one group per local, behind the groups of the function. */
  write(writer: CodeWriter): void {
    for (const type of this.#types) writer.op(1, type);
  }
}
