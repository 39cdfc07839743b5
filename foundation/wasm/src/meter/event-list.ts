/** What the rewriter does at a place in a body. The numbers order events at one offset. */
/** A region of code starts: charge it. Value: region. */
export const eventCharge = 1;
/** A loop header: test and charge. Value: region. Extra: 1 when the loop can be wrapped. */
export const eventLoop = 2;
/** A call follows. Value: index of the called function, or -1. Extra: region that it belongs to. */
export const eventCall = 3;
/** Control may join or leave here; the cached counter must be in its local. */
export const eventBoundary = 4;
/** `return` or a tail call follows; the frame ends. */
export const eventReturn = 5;
/** `throw` follows. */
export const eventThrow = 6;
/** An operation on a length follows. Value: dense code. Extra: 1 for a 64-bit length. */
export const eventLength = 7;
/** A float operation ended here. Value: index of its shape. */
export const eventNan = 8;
/** A segment is dropped by the instruction that ended here. */
export const eventDrop = 9;
/** A store follows. Value: dense code. Extra: memory. */
export const eventStore = 10;
/** A loop that can be wrapped follows. Value: where its block type stands. Extra: its length. */
export const eventLoopOpen = 11;
/** Such a loop ended here. */
export const eventLoopClose = 12;
/** A label stands here, which wrapping changes. Value: the new label. Extra: the old one. */
export const eventLabel = 13;
/** A plain branch back to a loop follows. Value: region of its header. Extra: its new label. */
export const eventBack = 14;

const fields = 4;

/** A growing list of events: offset, kind, value, extra. One list serves a whole module. */
export class EventList {
  #items: Int32Array = new Int32Array(4096);
  #length = 0;

  get length(): number {
    return this.#length / fields;
  }

  add(offset: number, kind: number, value: number, extra = 0): void {
    const at = this.#length;
    if (at === this.#items.length) this.#grow();
    this.#items[at] = offset;
    this.#items[at + 1] = kind;
    this.#items[at + 2] = value;
    this.#items[at + 3] = extra;
    this.#length = at + fields;
  }

  offset(index: number): number {
    return this.#items[index * fields] as number;
  }

  kind(index: number): number {
    return this.#items[index * fields + 1] as number;
  }

  value(index: number): number {
    return this.#items[index * fields + 2] as number;
  }

  extra(index: number): number {
    return this.#items[index * fields + 3] as number;
  }

  #grow(): void {
    const grown = new Int32Array(this.#items.length * 2);
    grown.set(this.#items);
    this.#items = grown;
  }
}

/** A growing list of the costs of regions. */
export class CostList {
  #costs: Float64Array = new Float64Array(4096);
  readonly #testedAtBacks: Set<number> = new Set();
  #length = 0;

  get length(): number {
    return this.#length;
  }

  /** Opens a region and answers its number. */
  open(): number {
    if (this.#length === this.#costs.length) {
      const grown = new Float64Array(this.#costs.length * 2);
      grown.set(this.#costs);
      this.#costs = grown;
    }
    this.#costs[this.#length] = 0;
    return this.#length++;
  }

  /** Notes that a loop is tested at its ways back, and not at its header. */
  testAtBacks(region: number): void {
    this.#testedAtBacks.add(region);
  }

  isTestedAtBacks(region: number): boolean {
    return this.#testedAtBacks.has(region);
  }

  add(region: number, cost: number): void {
    (this.#costs[region] as number) += cost;
  }

  get(region: number): number {
    return this.#costs[region] as number;
  }
}
