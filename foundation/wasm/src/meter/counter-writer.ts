import { lengthCharges, lengthUnitsBitsMax } from "../cost-table.ts";
import { opcodeNames } from "../opcodes/opcode-table.ts";
import { type CodeWriter, ops } from "./code-writer.ts";
import type { CostList } from "./event-list.ts";
import { ExtraLocals } from "./extra-locals.ts";
import type { AddedIndices, BodyLayout, CounterPlace } from "./layout.ts";

/** Writes the code that keeps and tests the fuel counter of one function after the other. */
export class CounterWriter {
  readonly #writer: CodeWriter;
  readonly #added: AddedIndices;
  readonly #costs: CostList;
  #counter: CounterPlace = "none";
  #wrapsLoops = false;
  #locals: ExtraLocals = new ExtraLocals(new Set(), 0);
  /** The global holds the counter and the local does not: a call was just made. */
  #isStale = false;

  constructor(
    writer: CodeWriter,
    context: { readonly added: AddedIndices; readonly costs: CostList },
  ) {
    this.#writer = writer;
    this.#added = context.added;
    this.#costs = context.costs;
  }

  /** Starts a function. */
  enter(layout: BodyLayout, locals: ExtraLocals): void {
    this.#counter = layout.counter;
    this.#wrapsLoops = layout.wrapsLoops;
    this.#locals = locals;
    this.#isStale = false;
  }

  /** Reads the counter and charges what every run of the function costs. */
  open(cost: number, tests: boolean): void {
    if (this.#counter === "local") {
      this.#writer.globalGet(this.#added.fuel);
      this.#subtract(cost);
      this.#writer.localSet(this.#locals.index("fuel"));
      if (tests) this.test();
    } else {
      this.charge(cost, tests);
    }
  }

  /** Control went elsewhere: what follows is reached with the counter in its local. */
  forget(): void {
    this.#isStale = false;
  }

  /** Subtracts a cost, and asks for fuel when `tests` finds it spent. */
  charge(cost: number, tests: boolean): void {
    if (this.#counter === "none") return;
    this.freshen();
    if (cost === 0 && !tests) return;
    const writer = this.#writer;
    const { fuel } = this.#added;
    if (this.#counter === "local") {
      if (cost !== 0) {
        writer.localGet(this.#locals.index("fuel"));
        this.#subtract(cost);
        writer.localSet(this.#locals.index("fuel"));
      }
    } else {
      writer.globalGet(fuel);
      this.#subtract(cost);
      if (tests) writer.localTee(this.#locals.index("fuel"));
      if (cost !== 0) writer.globalSet(fuel);
      else writer.byte(ops.drop);
    }
    if (tests) this.test();
  }

  /**
   * The test stands before the charge. In a wrapped loop the way out for fuel leads out of the
   * loop and in again: with a call inside, V8 would neither unroll nor keep values in registers.
   */
  loopHeader(region: number, canWrap: boolean): void {
    if (this.#counter === "none") return;
    const costs = this.#costs;
    const cost = costs.get(region);
    if (!canWrap || !this.#wrapsLoops) {
      this.charge(cost, true);
      return;
    }
    if (!costs.isTestedAtBacks(region)) this.leaveWhenSpent(1);
    this.charge(cost, false);
  }

  /** Branches to a label when the fuel is spent. */
  leaveWhenSpent(label: number): void {
    this.#writer.localGet(this.#locals.index("fuel"));
    this.#writer.i64(0);
    this.#writer.op(ops.i64LtS, ops.brIf);
    this.#writer.u32(label);
  }

  /** Asks for fuel when it is spent. */
  test(): void {
    const writer = this.#writer;
    const fuel = this.#locals.index("fuel");
    writer.localGet(fuel);
    writer.i64(0);
    writer.op(ops.i64LtS, ops.if, ops.emptyType);
    this.refuel();
    writer.byte(ops.end);
  }

  /** Asks for fuel. */
  refuel(): void {
    const fuel = this.#locals.index("fuel");
    this.#writer.localGet(fuel);
    this.#writer.call(this.#added.refuel);
    this.#writer.localSet(fuel);
  }

  /** Writes the cached counter back. */
  flush(): void {
    if (this.#counter !== "local" || this.#isStale) return;
    this.#writer.localGet(this.#locals.index("fuel"));
    this.#writer.globalSet(this.#added.fuel);
    this.#isStale = true;
  }

  /** Reads the counter again after a call. */
  freshen(): void {
    if (!this.#isStale) return;
    this.#writer.globalGet(this.#added.fuel);
    this.#writer.localSet(this.#locals.index("fuel"));
    this.#isStale = false;
  }

  /** Charges the length on top of the stack, which stays there. */
  chargeLength(code: number, isLong: boolean): void {
    if (this.#counter === "none") return;
    this.freshen();
    const writer = this.#writer;
    const length = this.#locals.index(isLong ? "length64" : "length32");
    const shift = lengthCharges.get(opcodeNames[code] as string)?.shift ?? 0;
    writer.localTee(length);
    const fuel = this.#locals.index("fuel");
    const isLocal = this.#counter === "local";
    if (isLocal) writer.localGet(fuel);
    else writer.globalGet(this.#added.fuel);
    this.#pushUnits(length, { isLong, shift });
    writer.byte(ops.i64Sub);
    if (isLocal) writer.localSet(fuel);
    else {
      writer.localTee(fuel);
      writer.globalSet(this.#added.fuel);
    }
    this.test();
  }

  #subtract(cost: number): void {
    if (cost === 0) return;
    // A shifted cost may be negative; the sum along every path is not.
    this.#writer.i64(cost);
    this.#writer.byte(ops.i64Sub);
  }

  #pushUnits(length: number, how: { readonly isLong: boolean; readonly shift: number }): void {
    const writer = this.#writer;
    writer.localGet(length);
    if (how.isLong) {
      const most = 2 ** lengthUnitsBitsMax;
      writer.i64(most);
      writer.localGet(length);
      writer.i64(most);
      writer.op(ops.i64LtU, ops.select);
    } else {
      writer.byte(ops.i64ExtendI32U);
    }
    if (how.shift === 0) return;
    writer.i64(Math.abs(how.shift));
    writer.byte(how.shift > 0 ? ops.i64Shl : ops.i64ShrU);
  }
}
