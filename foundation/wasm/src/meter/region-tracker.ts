import { malformed } from "../malformed.ts";
import {
  type ControlFrame,
  ControlStack,
  frameBlock,
  frameElse,
  frameFunction,
  frameIf,
  frameLoop,
  frameTry,
} from "./control-stack.ts";
import {
  CostList,
  EventList,
  eventBack,
  eventBoundary,
  eventCharge,
  eventLabel,
  eventLoop,
  eventLoopClose,
  eventLoopOpen,
} from "./event-list.ts";

/** Where an instruction stands. */
export interface InstructionPlace {
  readonly start: number;
  readonly offset: number;
}

/** The type of a loop: where it stands, and whether the loop takes operands. */
export interface LoopType {
  readonly at: number;
  readonly hasParameters: boolean;
}

/** Where a branch and its label stand; `isPlain` for `br`. */
export interface BranchPlace {
  readonly start: number;
  readonly at: number;
  readonly isPlain: boolean;
}

/** Blocks that wrapping puts around a loop. */
export const wrapLabels = 3;

/**
 * Divides a body into regions while its instructions pass by. A region is a set of instructions
 * that all run when its first one does, as long as none of them traps: a basic block, and what
 * follows a block that cannot be left but through its end.
 */
export class RegionTracker {
  readonly events: EventList = new EventList();
  readonly costs: CostList = new CostList();
  readonly stack: ControlStack = new ControlStack();
  /** The open region; -1 in code that cannot run. */
  region = -1;
  /** A call was seen since control last joined or parted. */
  hasOpenCall = false;
  merges = true;
  hasTry = false;
  hasLoop = false;
  branchesToEnd = false;
  endIsReachable = false;
  chargeWeight = 0;
  #loopDepth = 0;

  enterFunction(merges: boolean): ControlFrame {
    this.stack.depth = 0;
    this.merges = merges;
    this.hasOpenCall = false;
    this.hasTry = false;
    this.hasLoop = false;
    this.branchesToEnd = false;
    this.endIsReachable = false;
    this.chargeWeight = 0;
    this.#loopDepth = 0;
    this.region = this.costs.open();
    return this.stack.push(frameFunction);
  }

  /** How often code at this place is expected to run per run of the function. */
  get weight(): number {
    return 8 ** Math.min(this.#loopDepth, 4);
  }

  openBlock(place: InstructionPlace, kind: number = frameBlock): ControlFrame {
    this.#boundary(place);
    const frame = this.stack.push(kind);
    frame.outerRegion = this.region;
    return frame;
  }

  openLoop(place: InstructionPlace, type: LoopType): ControlFrame {
    const frame = this.openBlock(place, frameLoop);
    this.#loopDepth++;
    if (this.region < 0) return frame;
    if (!type.hasParameters) {
      frame.isWrapped = true;
      frame.wraps++;
      this.events.add(place.start, eventLoopOpen, type.at, place.offset - type.at);
    }
    this.hasLoop = true;
    this.region = this.costs.open();
    this.chargeWeight += this.weight;
    frame.innerRegion = this.region;
    this.events.add(place.offset, eventLoop, this.region, frame.isWrapped ? 1 : 0);
    return frame;
  }

  openIf(place: InstructionPlace): ControlFrame {
    const frame = this.openBlock(place, frameIf);
    this.#startRegion(place);
    frame.innerRegion = this.region;
    return frame;
  }

  openTry(place: InstructionPlace): ControlFrame {
    this.hasTry = true;
    // What follows a caught exception is not what would have followed the call that threw.
    this.merges = false;
    return this.openBlock(place, frameTry);
  }

  openElse(place: InstructionPlace): void {
    const frame = this.stack.top;
    if (frame.kind !== frameIf) throw malformed(place.start, "else without if");
    this.#boundary(place);
    frame.kind = frameElse;
    frame.fallsThrough = this.region >= 0;
    this.region = frame.outerRegion;
    this.#startRegion(place);
    frame.elseRegion = this.region;
  }

  openCatch(place: InstructionPlace): void {
    const frame = this.stack.top;
    if (frame.kind !== frameTry) throw malformed(place.start, "catch without try");
    this.#boundary(place);
    if (this.region >= 0) frame.fallsThrough = true;
    this.region = frame.outerRegion;
    this.#startRegion(place);
  }

  /** Closes the innermost block. */
  close(place: InstructionPlace): ControlFrame {
    const depth = this.stack.depth - 1;
    const frame = this.stack.pop();
    if (frame.kind === frameFunction) {
      this.endIsReachable = this.region >= 0;
      return frame;
    }
    this.#boundary(place);
    if (frame.kind === frameLoop) this.#loopDepth--;
    if (frame.isWrapped) {
      this.events.add(place.offset, eventLoopClose, 0);
      if (frame.hasPlainBacks) this.costs.testAtBacks(frame.innerRegion);
    }
    const isJoin = frame.isTarget || frame.fallsThrough || frame.kind === frameIf;
    if (frame.outerRegion < 0 || (this.region < 0 && !isJoin)) this.region = -1;
    else this.#continueAfter(frame, { place, isJoin, isClosed: frame.escape >= depth });
    return frame;
  }

  /** A branch to a label. */
  branch(label: number, how: BranchPlace): void {
    const { isPlain } = how;
    const depth = this.stack.depth - 1 - label;
    const target = this.stack.at(depth);
    if (isPlain && target.isWrapped && this.region >= 0)
      this.#goBack(target, { label, start: how.start });
    const crossed = this.stack.top.wraps - target.wraps;
    if (crossed > 0) this.events.add(how.at, eventLabel, label + crossed * wrapLabels, label);
    this.#escapeTo(depth);
    if (this.region < 0) return;
    if (!isPlain) target.hasPlainBacks = false;
    if (target.kind !== frameLoop) target.isTarget = true;
    else if (isPlain && this.region !== target.innerRegion) target.backRegions.push(this.region);
    else target.isFoldable = false;
    if (depth === 0) this.branchesToEnd = true;
  }

  /** Control leaves the function. */
  leave(): void {
    this.#escapeTo(0);
    this.region = -1;
    this.hasOpenCall = false;
  }

  /** The next instruction cannot be reached by falling through. */
  stop(): void {
    this.region = -1;
  }

  /** Control may part here, and falls through into a new region. */
  part(place: InstructionPlace): void {
    this.#startRegion(place);
  }

  boundaryBefore(place: InstructionPlace): void {
    this.#boundary(place);
  }

  #continueAfter(
    frame: ControlFrame,
    how: {
      readonly place: InstructionPlace;
      readonly isJoin: boolean;
      readonly isClosed: boolean;
    },
  ): void {
    if (this.merges) this.#shiftCosts(frame);
    if (this.merges && how.isClosed) this.region = frame.outerRegion;
    else if (how.isJoin) {
      this.region = frame.outerRegion;
      this.#startRegion(how.place);
    }
  }

  /**
   * Moves costs between regions so that fewer charges run: what both arms of an `if` cost is
   * charged before it, and the header of a loop by each way into it. Sums along paths stay equal.
   */
  #shiftCosts(frame: ControlFrame): void {
    const { costs } = this;
    if (frame.kind === frameElse && frame.innerRegion >= 0 && frame.elseRegion >= 0) {
      const shared = Math.min(costs.get(frame.innerRegion), costs.get(frame.elseRegion));
      costs.add(frame.innerRegion, -shared);
      costs.add(frame.elseRegion, -shared);
      costs.add(frame.outerRegion, shared);
    }
    if (frame.kind === frameLoop && frame.isFoldable && frame.backRegions.length > 0) {
      const header = costs.get(frame.innerRegion);
      costs.add(frame.innerRegion, -header);
      costs.add(frame.outerRegion, header);
      for (const region of frame.backRegions) costs.add(region, header);
    }
  }

  #goBack(target: ControlFrame, how: { readonly label: number; readonly start: number }): void {
    const crossed = this.stack.top.wraps - target.wraps;
    const label = how.label + crossed * wrapLabels;
    this.events.add(how.start, eventBack, target.innerRegion, label);
  }

  #escapeTo(depth: number): void {
    const top = this.stack.top;
    if (depth < top.escape) top.escape = depth;
  }

  #startRegion(place: InstructionPlace): void {
    if (this.region < 0) return;
    this.region = this.costs.open();
    this.chargeWeight += this.weight;
    this.events.add(place.offset, eventCharge, this.region);
  }

  #boundary(place: InstructionPlace): void {
    if (this.hasOpenCall && this.region >= 0) this.events.add(place.start, eventBoundary, 0);
    this.hasOpenCall = false;
  }
}
