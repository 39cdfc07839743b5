import { opcodeCosts } from "../cost-table.ts";
import type { InstructionCursor } from "../instruction-cursor.ts";
import { malformed } from "../malformed.ts";
import { opcodeNames } from "../opcodes/opcode-table.ts";
import { atomLabel } from "../opcodes/operand-atom.ts";
import type { Block, Terminator } from "./code-listing.ts";

/** An open block of the source; `targets` wait for the place where its end leads. */
interface OpenBlock {
  readonly isLoop: boolean;
  readonly start: number;
  /** Drafts whose successors include the end of this block. */
  readonly waiting: Draft[];
  /** The draft that ends in the `if`, until its `else` or `end` is found. */
  condition: Draft | undefined;
  /** Drafts that may throw into the handlers, for legacy `try`. */
  readonly isTry: boolean;
}

interface Draft {
  start: number;
  end: number;
  cost: number;
  readonly successors: Set<number>;
  terminator: Terminator;
}

/** Divides a body into basic blocks: a block ends where control parts, joins or leaves. */
export function findBasicBlocks(cursor: InstructionCursor, end: number): readonly Block[] {
  return new BlockFinder(cursor, end).find();
}

class BlockFinder {
  readonly #cursor: InstructionCursor;
  readonly #end: number;
  readonly #drafts: Draft[] = [];
  readonly #open: OpenBlock[] = [];
  #current: Draft;

  constructor(cursor: InstructionCursor, end: number) {
    this.#cursor = cursor;
    this.#end = end;
    this.#current = newDraft(cursor.offset);
  }

  find(): readonly Block[] {
    const cursor = this.#cursor;
    this.#push({ isLoop: false });
    while (cursor.offset < this.#end) {
      if (this.#open.length === 0) throw malformed(cursor.offset, "code after the end");
      cursor.spaces[atomLabel] = this.#open.length;
      cursor.next();
      this.#current.cost += opcodeCosts[cursor.code] as number;
      this.#handle(opcodeNames[cursor.code] as string);
    }
    if (this.#open.length > 0) throw malformed(this.#end, "end of the function expected");
    this.#close("return");
    return this.#drafts
      .filter((each) => each.end > each.start)
      .map((each) => ({ ...each, successors: [...each.successors].sort((a, b) => a - b) }));
  }

  #handle(name: string): void {
    const cursor = this.#cursor;
    switch (name) {
      case "block":
        this.#push({ isLoop: false });
        return;
      case "try":
      case "try_table":
        for (const label of name === "try" ? [] : cursor.targets) this.#branchTo(label);
        this.#push({ isLoop: false, isTry: name === "try" });
        if (name === "try_table" && cursor.targets.length > 0) this.#close("branch", true);
        return;
      case "loop":
        // The header is a place where control joins, so the instruction itself stays outside.
        this.#close("fallthrough", true);
        this.#push({ isLoop: true });
        return;
      case "if":
        this.#push({ isLoop: false });
        this.#top().condition = this.#current;
        this.#close("branch", true);
        return;
      case "else":
        this.#else();
        return;
      case "catch":
      case "catch_all":
        this.#top().waiting.push(this.#current);
        this.#close("jump");
        return;
      case "end":
      case "delegate":
        this.#finish();
        return;
      default:
        this.#leave(name);
    }
  }

  #leave(name: string): void {
    const cursor = this.#cursor;
    if (/^br_(if|on_)/.test(name)) {
      this.#branchTo(cursor.first);
      this.#close("branch", true);
    } else if (name === "br") {
      this.#branchTo(cursor.first);
      this.#close("jump");
    } else if (name === "br_table") {
      for (const label of cursor.targets) this.#branchTo(label);
      this.#close("branch");
    } else if (name === "return" || name.startsWith("return_call")) this.#close("return");
    else if (name === "unreachable" || /^(re)?throw/.test(name)) this.#close("trap");
  }

  #push(kind: { readonly isLoop: boolean; readonly isTry?: boolean }): void {
    this.#open.push({
      isLoop: kind.isLoop,
      isTry: kind.isTry ?? false,
      start: this.#cursor.offset,
      waiting: [],
      condition: undefined,
    });
  }

  #top(): OpenBlock {
    return this.#open[this.#open.length - 1] as OpenBlock;
  }

  #branchTo(label: number): void {
    const target = this.#open[this.#open.length - 1 - label] as OpenBlock;
    if (target.isLoop) this.#current.successors.add(target.start);
    else target.waiting.push(this.#current);
  }

  #else(): void {
    const open = this.#top();
    const { condition } = open;
    open.waiting.push(this.#current);
    this.#close("jump");
    condition?.successors.add(this.#current.start);
    open.condition = undefined;
  }

  /** `end` belongs to the block before it; what follows starts anew where branches lead to it. */
  #finish(): void {
    const open = this.#open.pop() as OpenBlock;
    const isTarget = open.waiting.length > 0 || open.condition !== undefined;
    if (this.#open.length === 0) return;
    if (!isTarget && !open.isTry) return;
    this.#close("fallthrough", true);
    const { start } = this.#current;
    open.condition?.successors.add(start);
    for (const draft of open.waiting) draft.successors.add(start);
  }

  /** Ends the current block behind the current instruction. */
  #close(terminator: Terminator, fallsThrough = false): void {
    const { offset } = this.#cursor;
    const draft = this.#current;
    draft.end = offset;
    draft.terminator = terminator;
    this.#drafts.push(draft);
    this.#current = newDraft(offset);
    if (fallsThrough && offset < this.#end) draft.successors.add(offset);
  }
}

function newDraft(start: number): Draft {
  return { start, end: start, cost: 0, successors: new Set(), terminator: "fallthrough" };
}
