import { opcodeCosts } from "../cost-table.ts";
import { indexSpacesOf } from "../index-spaces.ts";
import { emptyBlock, InstructionCursor, oneResultBlock } from "../instruction-cursor.ts";
import { malformed } from "../malformed.ts";
import type { FunctionBody, FunctionType, WasmModule } from "../module.ts";
import {
  featureBit,
  featureBits,
  nanShapeCodes,
  opcodeNames,
  popCounts,
  pushCounts,
} from "../opcodes/opcode-table.ts";
import { atomLabel, atomLocal } from "../opcodes/operand-atom.ts";
import { slotsOf } from "../value-type.ts";
import { type ControlFrame, frameFunction } from "./control-stack.ts";
import {
  eventCall,
  eventDrop,
  eventLength,
  eventNan,
  eventReturn,
  eventStore,
  eventThrow,
} from "./event-list.ts";
import type { FunctionPlan } from "./function-plan.ts";
import { isLongLength } from "./length-width.ts";
import { feedsArithmetic } from "./nan-flow.ts";
import { RegionTracker } from "./region-tracker.ts";
import * as act from "./scan-actions.ts";

/** What the scanner looks for. */
export interface ScanOptions {
  /** Let code after a block that always ends share the region before the block. */
  readonly mergesRegions: boolean;
  readonly marksNan: boolean;
  readonly marksStores: boolean;
  /** Most blocks open at once. */
  readonly nestingMax: number;
  /** Called for an instruction of a refused feature; makes the error. */
  readonly refused: number;
  readonly refuse: (code: number, offset: number) => Error;
}

/** Reads each body once and notes where something has to be inserted. */
export class BodyScanner {
  readonly tracker: RegionTracker = new RegionTracker();
  /** Tables that code writes to. */
  readonly writtenTables: Set<number> = new Set();
  /** Functions that bodies refer to by `ref.func`. */
  readonly referenced: Set<number> = new Set();
  readonly #module: WasmModule;
  readonly #options: ScanOptions;
  readonly #cursor: InstructionCursor;
  #height = 0;
  #heightMax = 0;
  #callWeight = 0;
  #hasCalls = false;
  #hasOpenCalls = false;
  #hasTailCall = false;
  #hasLengthCharge = false;
  #features = 0;

  constructor(module: WasmModule, options: ScanOptions) {
    this.#module = module;
    this.#options = options;
    this.#cursor = new InstructionCursor(module.bytes, indexSpacesOf(module));
  }

  scan(body: FunctionBody): FunctionPlan {
    const { tracker } = this;
    const type = this.#functionType(body.index);
    const localsCount = body.locals.reduce((sum, each) => sum + each.count, type.parameters.length);
    const eventsStart = tracker.events.length;
    const regionsStart = tracker.costs.length;
    this.#cursor.spaces[atomLocal] = localsCount;
    this.#enter(type);
    this.#readInstructions(body);
    return {
      body,
      eventsStart,
      eventsEnd: tracker.events.length,
      regionsStart,
      regionsEnd: tracker.costs.length,
      hasTry: tracker.hasTry,
      hasLoop: tracker.hasLoop,
      hasCalls: this.#hasCalls,
      hasOpenCalls: this.#hasOpenCalls,
      hasTailCall: this.#hasTailCall,
      hasLengthCharge: this.#hasLengthCharge,
      branchesToEnd: tracker.branchesToEnd,
      endIsReachable: tracker.endIsReachable,
      frameSlots: frameSlotsOf(type, body) + this.#operandSlots(),
      localsCount,
      chargeWeight: tracker.chargeWeight,
      callWeight: this.#callWeight,
    };
  }

  #functionType(index: number): FunctionType {
    return this.#module.types[this.#module.functions[index]?.typeIndex ?? -1] as FunctionType;
  }

  #operandSlots(): number {
    return (this.#features & simdBit) !== 0 ? this.#heightMax * 2 : this.#heightMax;
  }

  #enter(type: FunctionType): void {
    this.#height = 0;
    this.#heightMax = 0;
    this.#callWeight = 0;
    this.#hasCalls = false;
    this.#hasOpenCalls = false;
    this.#hasTailCall = false;
    this.#hasLengthCharge = false;
    this.#features = 0;
    const frame = this.tracker.enterFunction(this.#options.mergesRegions);
    frame.results = type.results.length;
  }

  #readInstructions(body: FunctionBody): void {
    const cursor = this.#cursor;
    const { tracker } = this;
    const { refused, nestingMax } = this.#options;
    const { end } = body;
    cursor.enter(body.codeAt, end);
    while (cursor.offset < end) {
      const { depth } = tracker.stack;
      if (depth === 0) throw malformed(cursor.offset, "code after the end of the function");
      if (depth > nestingMax) throw malformed(cursor.offset, "blocks nested too deep");
      cursor.spaces[atomLabel] = depth;
      cursor.next();
      const { code } = cursor;
      const feature = featureBits[code] as number;
      if ((feature & refused) !== 0) throw this.#options.refuse(code, cursor.start);
      this.#features |= feature;
      if (tracker.region >= 0) tracker.costs.add(tracker.region, opcodeCosts[code] as number);
      this.#move(popCounts[code] as number, pushCounts[code] as number);
      const action = act.scanActions[code] as number;
      if (action !== act.actNone) this.#act(action);
    }
    if (tracker.stack.depth !== 0) throw malformed(end, "end of the function expected");
  }

  // Below a branch the stack is polymorphic, so a height can only be too low there.
  #move(pops: number, pushes: number): void {
    const height = this.#height - pops;
    this.#height = Math.max(height, 0) + pushes;
    if (this.#height > this.#heightMax) this.#heightMax = this.#height;
  }

  #act(action: number): void {
    const { tracker } = this;
    const cursor = this.#cursor;
    switch (action) {
      case act.actBlock:
        this.#opened(tracker.openBlock(cursor));
        return;
      case act.actEnd:
        this.#end();
        return;
      case act.actBranchIf:
        tracker.boundaryBefore(cursor);
        tracker.branch(cursor.first, { start: cursor.start, at: cursor.labelAt, isPlain: false });
        tracker.part(cursor);
        return;
      case act.actBranch:
        tracker.boundaryBefore(cursor);
        tracker.branch(cursor.first, { start: cursor.start, at: cursor.labelAt, isPlain: true });
        tracker.stop();
        return;
      case act.actCall:
        this.#call(this.#functionType(cursor.first), cursor.first);
        return;
      case act.actLoop:
        this.#openLoop();
        return;
      case act.actIf:
        this.#opened(tracker.openIf(cursor));
        return;
      case act.actElse:
        tracker.openElse(cursor);
        this.#height = tracker.stack.top.height + tracker.stack.top.parameters;
        return;
      case act.actNan:
        if (this.#options.marksNan) this.#nan();
        return;
      default:
        this.#actOnExit(action);
    }
  }

  #actOnExit(action: number): void {
    const { tracker } = this;
    const cursor = this.#cursor;
    switch (action) {
      case act.actBranchTable:
        tracker.boundaryBefore(cursor);
        cursor.targets.forEach((label, index) => {
          tracker.branch(label, {
            start: cursor.start,
            at: cursor.targetsAt[index] as number,
            isPlain: false,
          });
        });
        tracker.stop();
        return;
      case act.actReturn:
        this.#leave(eventReturn);
        return;
      case act.actUnreachable:
        tracker.boundaryBefore(cursor);
        // What was used up to here is written back, so that it is known after the trap.
        if (tracker.region >= 0) tracker.events.add(cursor.start, eventThrow, 0);
        tracker.stop();
        return;
      case act.actTailCall:
        this.#hasCalls = true;
        this.#hasOpenCalls = true;
        this.#hasTailCall = true;
        this.#leave(eventReturn, 1);
        return;
      case act.actThrow:
        this.#hasOpenCalls = true;
        this.#leave(eventThrow);
        return;
      case act.actCallOpen:
        this.#callOpen();
        return;
      default:
        this.#actRarely(action);
    }
  }

  #actRarely(action: number): void {
    const { tracker } = this;
    const cursor = this.#cursor;
    switch (action) {
      case act.actTry:
        if (opcodeNames[cursor.code] === "try_table") {
          // Functions with handlers do not wrap loops, so it does not matter where labels stand.
          for (const label of cursor.targets)
            tracker.branch(label, { start: 0, at: 0, isPlain: false });
        }
        this.#opened(tracker.openTry(cursor));
        return;
      case act.actCatch:
        tracker.openCatch(cursor);
        this.#height = tracker.stack.top.height + this.#caught();
        return;
      case act.actDelegate:
        this.#end();
        return;
      case act.actLength:
        this.#length();
        return;
      case act.actDrop:
        if (tracker.region >= 0) tracker.events.add(cursor.offset, eventDrop, 0);
        return;
      case act.actNew:
        this.#move(this.#fieldsOf(), 1);
        return;
      case act.actStore:
        if (this.#options.marksStores && tracker.region >= 0) {
          tracker.events.add(cursor.start, eventStore, cursor.code, cursor.memory);
        }
        return;
      case act.actTableWrite:
        this.writtenTables.add(cursor.first);
        return;
      case act.actReference:
        this.referenced.add(cursor.first);
        return;
    }
  }

  #openLoop(): void {
    const { blockType, blockTypeAt } = this.#cursor;
    const type = this.#module.types[blockType];
    const hasParameters = type?.kind === "function" && type.parameters.length > 0;
    this.#opened(this.tracker.openLoop(this.#cursor, { at: blockTypeAt, hasParameters }));
  }

  #opened(frame: ControlFrame): void {
    const { blockType } = this.#cursor;
    const type = this.#module.types[blockType];
    const isTyped = blockType >= 0 && type?.kind === "function";
    if (blockType >= 0 && !isTyped) throw malformed(this.#cursor.start, "malformed block type");
    frame.parameters = isTyped ? type.parameters.length : 0;
    frame.results = isTyped ? type.results.length : blockType === oneResultBlock ? 1 : 0;
    if (blockType === emptyBlock) frame.results = 0;
    frame.height = Math.max(0, this.#height - frame.parameters);
  }

  #end(): void {
    const frame = this.tracker.close(this.#cursor);
    if (frame.kind === frameFunction) return;
    this.#height = frame.height;
    this.#move(0, frame.results);
  }

  #call(type: FunctionType, callee: number): void {
    const { tracker } = this;
    this.#hasCalls = true;
    if (tracker.region >= 0) {
      tracker.events.add(this.#cursor.start, eventCall, callee, tracker.region);
      tracker.hasOpenCall = true;
      this.#callWeight += tracker.weight;
    }
    this.#move(type.parameters.length, type.results.length);
  }

  #callOpen(): void {
    const type = this.#module.types[this.#cursor.first];
    if (type?.kind !== "function") throw malformed(this.#cursor.start, "unknown function type");
    this.#hasOpenCalls = true;
    this.#call(type, -1);
  }

  #leave(event: number, extra = 0): void {
    const { tracker } = this;
    if (tracker.region >= 0) {
      tracker.events.add(this.#cursor.start, event, 0, extra);
      this.#callWeight += tracker.weight / 2;
    }
    tracker.leave();
  }

  #nan(): void {
    const { tracker } = this;
    const cursor = this.#cursor;
    if (tracker.region < 0 || feedsArithmetic(cursor)) return;
    const shape = (nanShapeCodes[cursor.code] as number) - 1;
    tracker.events.add(cursor.offset, eventNan, shape);
  }

  #length(): void {
    const { tracker } = this;
    const { code, start, first, second } = this.#cursor;
    const name = opcodeNames[code] as string;
    if (name === "table.init") this.writtenTables.add(second);
    else if (name.startsWith("table.")) this.writtenTables.add(first);
    if (tracker.region < 0) return;
    this.#hasLengthCharge = true;
    const isLong = isLongLength(this.#module, { name, first, second });
    tracker.events.add(start, eventLength, code, isLong ? 1 : 0);
  }

  #fieldsOf(): number {
    const { code, first, second } = this.#cursor;
    if (opcodeNames[code] === "array.new_fixed") return second;
    const type = this.#module.types[first];
    return type?.kind === "struct" ? type.fields.length : 0;
  }

  #caught(): number {
    const { code, first } = this.#cursor;
    if (opcodeNames[code] !== "catch") return 0;
    const type = this.#module.types[this.#module.tags[first]?.typeIndex ?? -1];
    return type?.kind === "function" ? type.parameters.length : 0;
  }
}

const simdBit = featureBit("simd") | featureBit("relaxed-simd");

function frameSlotsOf(type: FunctionType, body: FunctionBody): number {
  let slots = 0;
  for (const parameter of type.parameters) slots += slotsOf(parameter);
  for (const { count, type: local } of body.locals) slots += count * slotsOf(local);
  return slots;
}
