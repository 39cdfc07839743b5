/** Kinds of open blocks. */
export const frameFunction = 0;
export const frameBlock = 1;
export const frameLoop = 2;
export const frameIf = 3;
export const frameElse = 4;
export const frameTry = 5;

/** An open block while a body is scanned. */
export interface ControlFrame {
  kind: number;
  /** Region that was open before the block; -1 in code that cannot run. */
  outerRegion: number;
  /** First region inside the block. */
  innerRegion: number;
  /** First region of `else`; -1 without. */
  elseRegion: number;
  /** The outermost frame that a branch inside names; the frame's own depth when none leaves it. */
  escape: number;
  /** A branch names the end of the block. */
  isTarget: boolean;
  /** The `then` arm ran into `else`. */
  fallsThrough: boolean;
  /** Operands below the block, and the counts of its parameters and results. */
  height: number;
  parameters: number;
  results: number;
  /** A loop that can be wrapped, and how many such loops are open, this one included. */
  isWrapped: boolean;
  wraps: number;
  /** For loops: regions that end in a plain branch back, and whether all ways back are such. */
  readonly backRegions: number[];
  isFoldable: boolean;
  /** For loops: all ways back are plain branches. */
  hasPlainBacks: boolean;
}

/** A stack of frames that reuses its objects. */
export class ControlStack {
  readonly #frames: ControlFrame[] = [];
  depth = 0;

  push(kind: number): ControlFrame {
    const frame = this.#frames[this.depth] ?? newFrame();
    this.#frames[this.depth] = frame;
    frame.kind = kind;
    frame.outerRegion = -1;
    frame.innerRegion = -1;
    frame.elseRegion = -1;
    frame.escape = this.depth;
    frame.isTarget = false;
    frame.fallsThrough = false;
    frame.height = 0;
    frame.parameters = 0;
    frame.results = 0;
    frame.isWrapped = false;
    frame.wraps = this.depth === 0 ? 0 : this.top.wraps;
    frame.backRegions.length = 0;
    frame.isFoldable = true;
    frame.hasPlainBacks = true;
    this.depth++;
    return frame;
  }

  /** The frame at a depth from the outside. */
  at(depth: number): ControlFrame {
    return this.#frames[depth] as ControlFrame;
  }

  get top(): ControlFrame {
    return this.#frames[this.depth - 1] as ControlFrame;
  }

  /** Closes the innermost frame; what leaves it also leaves the next one, if it goes that far. */
  pop(): ControlFrame {
    const frame = this.top;
    this.depth--;
    if (this.depth > 0) {
      const parent = this.top;
      parent.escape = Math.min(parent.escape, frame.escape);
    }
    return frame;
  }
}

function newFrame(): ControlFrame {
  return {
    kind: 0,
    outerRegion: -1,
    innerRegion: -1,
    elseRegion: -1,
    escape: 0,
    isTarget: false,
    fallsThrough: false,
    height: 0,
    parameters: 0,
    results: 0,
    isWrapped: false,
    wraps: 0,
    backRegions: [],
    isFoldable: true,
    hasPlainBacks: true,
  };
}
