import { ByteReader } from "../byte-reader.ts";
import { lengthCharges, lengthUnitsBitsMax } from "../cost-table.ts";
import type { FunctionType, WasmModule } from "../module.ts";
import { nanShapes, opcodeNames } from "../opcodes/opcode-table.ts";
import { type CodeWriter, ops } from "./code-writer.ts";
import * as events from "./event-list.ts";
import { ExtraLocals } from "./extra-locals.ts";
import type { FunctionPlan } from "./function-plan.ts";
import type { AddedIndices, AddedTypes, BodyLayout } from "./layout.ts";
import { wrapLabels } from "./region-tracker.ts";
import { wantedLocals } from "./wanted-locals.ts";
import { writeCanonicalNan } from "./write-nan.ts";

const memoryGrow = 0x40;

/** What the emitter reads besides the plan of a function. */
export interface EmitContext {
  readonly module: WasmModule;
  readonly events: events.EventList;
  readonly costs: events.CostList;
  readonly added: AddedIndices;
  readonly types: AddedTypes;
  /** True for a function that neither reads nor changes fuel and depth by itself. */
  readonly isTransparent: (callee: number) => boolean;
  /** True for a function that reads the depth of its caller. */
  readonly readsDepth: (callee: number) => boolean;
}

/** Writes the bodies of functions with what their plans ask for inserted. */
export class BodyEmitter {
  readonly #writer: CodeWriter;
  readonly #context: EmitContext;
  #layout: BodyLayout = {
    counter: "none",
    testsAtEntry: false,
    wrapsLoops: false,
    depthWeight: 0,
    storesDepth: false,
    restoresDepth: false,
  };
  #locals: ExtraLocals = new ExtraLocals(new Set(), 0);
  /** Bytes of the body that are written or replaced. */
  #from = 0;
  /** The global holds the counter and the local does not: a call was just made. */
  #isStale = false;

  constructor(writer: CodeWriter, context: EmitContext) {
    this.#writer = writer;
    this.#context = context;
  }

  /** Writes one body, with its length in front. */
  emit(plan: FunctionPlan, layout: BodyLayout): void {
    this.#layout = layout;
    this.#isStale = false;
    this.#locals = new ExtraLocals(
      wantedLocals(plan, { layout, events: this.#context.events }),
      plan.localsCount,
    );
    this.#writer.measured(() => this.#writeBody(plan));
  }

  #writeBody(plan: FunctionPlan): void {
    const writer = this.#writer;
    const { bytes } = this.#context.module;
    const { body } = plan;
    const needsEpilogue = this.#layout.counter === "local" || this.#layout.restoresDepth;
    const isWrapped = needsEpilogue && plan.branchesToEnd;
    writer.u32(body.locals.length + this.#locals.count);
    writer.copyRange(bytes, body.localsAt, body.codeAt);
    this.#locals.write(writer);
    this.#prologue(plan);
    if (isWrapped) this.#openWrap(body.index);
    this.#copyWithEvents(plan);
    if (isWrapped) {
      if (plan.endIsReachable) this.#freshen();
      writer.byte(ops.end);
      this.#isStale = false;
    }
    if (needsEpilogue && (isWrapped || plan.endIsReachable)) this.#epilogue();
    writer.byte(ops.end);
  }

  #prologue(plan: FunctionPlan): void {
    const { depthWeight, testsAtEntry, counter } = this.#layout;
    if (depthWeight > 0) this.#countDepth(depthWeight);
    if (counter === "none") return;
    const cost = this.#context.costs.get(plan.regionsStart);
    if (counter === "local") {
      this.#writer.globalGet(this.#context.added.fuel);
      this.#subtract(cost);
      this.#writer.localSet(this.#locals.index("fuel"));
      if (testsAtEntry) this.#test();
    } else {
      this.#charge(cost, testsAtEntry);
    }
  }

  #countDepth(weight: number): void {
    const writer = this.#writer;
    const { depth, overflow } = this.#context.added;
    writer.globalGet(depth);
    writer.i32(weight);
    writer.byte(ops.i32Sub);
    writer.localTee(this.#locals.index("depth"));
    writer.i32(0);
    writer.op(ops.i32LtS, ops.if, ops.emptyType);
    writer.call(overflow);
    writer.op(ops.unreachable, ops.end);
  }

  /** A block around the body: branches to the function's own label then reach the epilogue. */
  #openWrap(index: number): void {
    const { module, types } = this.#context;
    const type = module.types[module.functions[index]?.typeIndex ?? -1] as FunctionType;
    const results = type.results.flatMap((each) => [...each.bytes]);
    this.#writer.byte(ops.block);
    if (type.results.length === 0) this.#writer.byte(ops.emptyType);
    else if (type.results.length === 1) this.#writer.bytes(results);
    else {
      const counts = { parameters: 0, results: type.results.length };
      this.#writer.s32(types.index([], results, counts));
    }
  }

  #copyWithEvents(plan: FunctionPlan): void {
    const { bytes } = this.#context.module;
    const list = this.#context.events;
    this.#from = plan.body.codeAt;
    for (let event = plan.eventsStart; event < plan.eventsEnd; event++) {
      const offset = list.offset(event);
      if (offset > this.#from) {
        this.#writer.copyRange(bytes, this.#from, offset);
        this.#from = offset;
      }
      this.#handle(list, event);
    }
    this.#writer.copyRange(bytes, this.#from, plan.body.end - 1);
  }

  #handle(list: events.EventList, event: number): void {
    switch (list.kind(event)) {
      case events.eventCharge:
        if (this.#layout.counter !== "none") {
          this.#charge(this.#context.costs.get(list.value(event)), false);
        }
        return;
      case events.eventLoop:
        this.#loopHeader(list.value(event), list.extra(event) === 1);
        return;
      case events.eventCall:
        this.#beforeCall(list.value(event));
        return;
      case events.eventBoundary:
        this.#freshen();
        return;
      case events.eventReturn:
        this.#beforeReturn(list.extra(event) === 1);
        return;
      case events.eventThrow:
        this.#flush();
        this.#isStale = false;
        return;
      case events.eventLength:
        if (this.#layout.counter !== "none") this.#chargeLength(list, event);
        this.#guardGrowth(list.offset(event));
        return;
      case events.eventNan: {
        const shape = nanShapes[list.value(event)] ?? "f64";
        const local = shape === "f32" || shape === "f64" ? shape : "v128";
        writeCanonicalNan(this.#writer, { shape, local: this.#locals.index(local) });
        return;
      }
      case events.eventDrop:
        this.#countDrop();
        return;
      default:
        if (this.#layout.wrapsLoops) this.#wrapLoop(list, event);
    }
  }

  #wrapLoop(list: events.EventList, event: number): void {
    const writer = this.#writer;
    const { bytes } = this.#context.module;
    const value = list.value(event);
    switch (list.kind(event)) {
      case events.eventLoopOpen: {
        const end = value + list.extra(event);
        writer.byte(ops.block);
        writer.copyRange(bytes, value, end);
        writer.byte(ops.loop);
        writer.copyRange(bytes, value, end);
        writer.op(ops.block, ops.emptyType);
        return;
      }
      case events.eventLoopClose:
        writer.op(ops.br, wrapLabels - 1, ops.end);
        this.#refuel();
        writer.op(ops.br, 0, ops.end, ops.end);
        return;
      case events.eventBack:
        // The label outside of the loop itself is the one behind which fuel is asked for.
        if (this.#context.costs.isTestedAtBacks(value)) this.#leaveWhenSpent(list.extra(event) + 1);
        return;
      case events.eventLabel:
        writer.u32(value);
        while ((bytes[this.#from++] as number) >= 0x80);
        return;
    }
  }

  #charge(cost: number, tests: boolean): void {
    this.#freshen();
    if (cost === 0 && !tests) return;
    const writer = this.#writer;
    const { fuel } = this.#context.added;
    if (this.#layout.counter === "local") {
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
    if (tests) this.#test();
  }

  #subtract(cost: number): void {
    if (cost === 0) return;
    // A shifted cost may be negative; the sum along every path is not.
    this.#writer.i64(cost);
    this.#writer.byte(ops.i64Sub);
  }

  #test(): void {
    const writer = this.#writer;
    const fuel = this.#locals.index("fuel");
    writer.localGet(fuel);
    writer.i64(0);
    writer.op(ops.i64LtS, ops.if, ops.emptyType);
    this.#refuel();
    writer.byte(ops.end);
  }

  #refuel(): void {
    const fuel = this.#locals.index("fuel");
    this.#writer.localGet(fuel);
    this.#writer.call(this.#context.added.refuel);
    this.#writer.localSet(fuel);
  }

  /**
   * The test stands before the charge. In a wrapped loop the way out for fuel leads out of the
   * loop and in again: with a call inside, V8 would neither unroll nor keep values in registers.
   */
  #loopHeader(region: number, canWrap: boolean): void {
    if (this.#layout.counter === "none") return;
    const { costs } = this.#context;
    const cost = costs.get(region);
    if (!canWrap || !this.#layout.wrapsLoops) {
      this.#charge(cost, true);
      return;
    }
    if (!costs.isTestedAtBacks(region)) this.#leaveWhenSpent(1);
    this.#charge(cost, false);
  }

  #leaveWhenSpent(label: number): void {
    this.#writer.localGet(this.#locals.index("fuel"));
    this.#writer.i64(0);
    this.#writer.op(ops.i64LtS, ops.brIf);
    this.#writer.u32(label);
  }

  #beforeCall(callee: number): void {
    const { isTransparent, readsDepth, added } = this.#context;
    if (callee >= 0 && isTransparent(callee)) return;
    if (this.#layout.storesDepth && (callee < 0 || readsDepth(callee))) {
      this.#writer.localGet(this.#locals.index("depth"));
      this.#writer.globalSet(added.depth);
    }
    this.#flush();
  }

  #beforeReturn(isTailCall: boolean): void {
    this.#flush();
    this.#isStale = false;
    if (this.#layout.restoresDepth || (isTailCall && this.#layout.storesDepth)) {
      this.#restoreDepth();
    }
  }

  #epilogue(): void {
    this.#flush();
    if (this.#layout.restoresDepth) this.#restoreDepth();
  }

  #restoreDepth(): void {
    const writer = this.#writer;
    writer.localGet(this.#locals.index("depth"));
    writer.i32(this.#layout.depthWeight);
    writer.byte(ops.i32Add);
    writer.globalSet(this.#context.added.depth);
  }

  /** Writes the cached counter back. */
  #flush(): void {
    if (this.#layout.counter !== "local" || this.#isStale) return;
    this.#writer.localGet(this.#locals.index("fuel"));
    this.#writer.globalSet(this.#context.added.fuel);
    this.#isStale = true;
  }

  /** Reads the counter again after a call. */
  #freshen(): void {
    if (!this.#isStale) return;
    this.#writer.globalGet(this.#context.added.fuel);
    this.#writer.localSet(this.#locals.index("fuel"));
    this.#isStale = false;
  }

  #chargeLength(list: events.EventList, event: number): void {
    this.#freshen();
    const writer = this.#writer;
    const isLong = list.extra(event) === 1;
    const length = this.#locals.index(isLong ? "length64" : "length32");
    const shift = lengthCharges.get(opcodeNames[list.value(event)] as string)?.shift ?? 0;
    writer.localTee(length);
    const fuel = this.#locals.index("fuel");
    const isLocal = this.#layout.counter === "local";
    if (isLocal) writer.localGet(fuel);
    else writer.globalGet(this.#context.added.fuel);
    this.#pushUnits(length, { isLong, shift });
    writer.byte(ops.i64Sub);
    if (isLocal) writer.localSet(fuel);
    else {
      writer.localTee(fuel);
      writer.globalSet(this.#context.added.fuel);
    }
    this.#test();
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

  /** The operand of `memory.grow` passes through the guard of its memory. */
  #guardGrowth(offset: number): void {
    const { module, added } = this.#context;
    if (added.growthGuards.length === 0 || module.bytes[offset] !== memoryGrow) return;
    const reader = new ByteReader(module.bytes, offset + 1);
    this.#writer.call(added.growthGuards[reader.u32()] as number);
  }

  #countDrop(): void {
    const { drops } = this.#context.added;
    if (drops < 0) return;
    this.#writer.globalGet(drops);
    this.#writer.i32(1);
    this.#writer.byte(ops.i32Add);
    this.#writer.globalSet(drops);
  }
}
