import { ByteReader } from "../byte-reader.ts";
import type { FunctionType, WasmModule } from "../module.ts";
import { nanShapes } from "../opcodes/opcode-table.ts";
import { type CodeWriter, ops } from "./code-writer.ts";
import { CounterWriter } from "./counter-writer.ts";
import * as events from "./event-list.ts";
import { ExtraLocals } from "./extra-locals.ts";
import type { FunctionPlan } from "./function-plan.ts";
import type { AddedIndices, AddedTypes, BodyLayout } from "./layout.ts";
import { wrapLabels } from "./region-tracker.ts";
import { storePlace, wantedLocals } from "./wanted-locals.ts";
import {
  type MarkContext,
  rangeWriteOf,
  type StorePlace,
  writeRangeMark,
  writeStoreMark,
} from "./write-marks.ts";
import { writeCanonicalNan } from "./write-nan.ts";

const memoryGrow = 0x40;

/** What the emitter reads besides the plan of a function. */
export interface EmitContext {
  readonly module: WasmModule;
  readonly events: events.EventList;
  readonly costs: events.CostList;
  readonly added: AddedIndices;
  readonly types: AddedTypes;
  /** How written pages are marked; absent when they are not. */
  readonly marks?: MarkContext | undefined;
  /** True for a function that neither reads nor changes fuel and depth by itself. */
  readonly isTransparent: (callee: number) => boolean;
  /** True for a function that reads the depth of its caller. */
  readonly readsDepth: (callee: number) => boolean;
}

/** Writes the bodies of functions with what their plans ask for inserted. */
export class BodyEmitter {
  readonly #writer: CodeWriter;
  readonly #context: EmitContext;
  readonly #fuel: CounterWriter;
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

  constructor(writer: CodeWriter, context: EmitContext) {
    this.#writer = writer;
    this.#context = context;
    this.#fuel = new CounterWriter(writer, context);
  }

  /** Writes one body, with its length in front. */
  emit(plan: FunctionPlan, layout: BodyLayout): void {
    this.#layout = layout;
    this.#locals = new ExtraLocals(
      wantedLocals(plan, {
        ...this.#context,
        layout,
        marksWrites: this.#context.marks !== undefined,
      }),
      plan.localsCount,
    );
    this.#fuel.enter(layout, this.#locals);
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
      if (plan.endIsReachable) this.#fuel.freshen();
      writer.byte(ops.end);
      this.#fuel.forget();
    }
    if (needsEpilogue && (isWrapped || plan.endIsReachable)) this.#epilogue();
    writer.byte(ops.end);
  }

  #prologue(plan: FunctionPlan): void {
    const { depthWeight, testsAtEntry, counter } = this.#layout;
    if (depthWeight > 0) this.#countDepth(depthWeight);
    if (counter === "none") return;
    this.#fuel.open(this.#context.costs.get(plan.regionsStart), testsAtEntry);
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
        this.#fuel.charge(this.#context.costs.get(list.value(event)), false);
        return;
      case events.eventLoop:
        this.#fuel.loopHeader(list.value(event), list.extra(event) === 1);
        return;
      case events.eventCall:
        this.#beforeCall(list.value(event));
        return;
      case events.eventBoundary:
        this.#fuel.freshen();
        return;
      case events.eventReturn:
        this.#beforeReturn(list.extra(event) === 1);
        return;
      case events.eventThrow:
        this.#fuel.flush();
        this.#fuel.forget();
        return;
      case events.eventLength:
        this.#fuel.chargeLength(list.value(event), list.extra(event) === 1);
        this.#guardGrowth(list.offset(event));
        this.#markRange(list, event);
        return;
      case events.eventStore:
        this.#markStore(storePlace(list, event));
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
        this.#fuel.refuel();
        writer.op(ops.br, 0, ops.end, ops.end);
        return;
      case events.eventBack:
        // The label outside of the loop itself is the one behind which fuel is asked for.
        if (this.#context.costs.isTestedAtBacks(value))
          this.#fuel.leaveWhenSpent(list.extra(event) + 1);
        return;
      case events.eventLabel:
        writer.u32(value);
        while ((bytes[this.#from++] as number) >= 0x80);
        return;
    }
  }

  #beforeCall(callee: number): void {
    const { isTransparent, readsDepth, added } = this.#context;
    if (callee >= 0 && isTransparent(callee)) return;
    if (this.#layout.storesDepth && (callee < 0 || readsDepth(callee))) {
      this.#writer.localGet(this.#locals.index("depth"));
      this.#writer.globalSet(added.depth);
    }
    this.#fuel.flush();
  }

  #beforeReturn(isTailCall: boolean): void {
    this.#fuel.flush();
    this.#fuel.forget();
    if (this.#layout.restoresDepth || (isTailCall && this.#layout.storesDepth)) {
      this.#restoreDepth();
    }
  }

  #epilogue(): void {
    this.#fuel.flush();
    if (this.#layout.restoresDepth) this.#restoreDepth();
  }

  #restoreDepth(): void {
    const writer = this.#writer;
    writer.localGet(this.#locals.index("depth"));
    writer.i32(this.#layout.depthWeight);
    writer.byte(ops.i32Add);
    writer.globalSet(this.#context.added.depth);
  }

  #markStore(place: StorePlace): void {
    const context = this.#context.marks;
    if (context === undefined) return;
    writeStoreMark(this.#writer, { context, locals: this.#locals, place });
  }

  #markRange(list: events.EventList, event: number): void {
    const context = this.#context.marks;
    if (context === undefined) return;
    const write = rangeWriteOf(context.module, {
      offset: list.offset(event),
      code: list.value(event),
      isLong: list.extra(event) === 1,
    });
    if (write !== undefined) {
      writeRangeMark(this.#writer, { context, locals: this.#locals, write });
    }
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
