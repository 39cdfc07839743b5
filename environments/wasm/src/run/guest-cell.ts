import type { EngineMemory, MeteredInstance } from "@bedplate/wasm-module";
import type { Attempt } from "./attempt.ts";
import { attemptEnded, type Ending, trapped } from "./ending.ts";
import { framesOf, slotsOf } from "./frame-size.ts";
import type { Guest } from "./guest.ts";

/**
 * What an instance's imports close over. It outlives single runs: a pooled instance keeps its
 * imports, and each attempt takes the cell for its time.
 */
export class GuestCell implements Guest {
  #instance: MeteredInstance | undefined;
  #attempt: Attempt | undefined;
  #view: Uint8Array = nothing;

  /** The attempt that runs now. */
  get attempt(): Attempt {
    return this.#attempt ?? this.end(outsideRun);
  }

  /** Fuel used by the attempt so far; exact while a host function runs and after a return. */
  get fuelUsed(): number {
    return this.#instance === undefined ? 0 : Number(this.#instance.fuelUsed);
  }

  /** Frames that the depth budget still has. */
  get framesLeft(): number {
    return framesOf(this.#demandInstance().depthSlotsLeft);
  }

  /** The guest's first memory; empty where it has none. */
  get memory(): EngineMemory {
    return this.#demandInstance().memories[0] ?? noMemory;
  }

  /** Bytes of all the guest's memories. */
  get memoryBytes(): number {
    return this.#demandInstance().memoryBytes;
  }

  /** Leaves the memories what files do not take. */
  limitMemory(pages: number): void {
    this.#demandInstance().limitMemory(pages);
  }

  attach(instance: MeteredInstance): void {
    this.#instance = instance;
  }

  /** Takes the cell for an attempt. */
  begin(attempt: Attempt): void {
    this.#attempt = attempt;
    const { watch } = attempt;
    watch.beginSlice();
    this.#demandInstance().allow({
      fuel: BigInt(attempt.fuelMax),
      // Asked at every slice: slices follow the speed of the machine.
      get sliceFuel() {
        return BigInt(watch.slice);
      },
      onSlice: () => mayGoOn(attempt),
      depthSlots: slotsOf(attempt.framesMax),
      memoryPages: attempt.pagesMax,
    });
  }

  /** Gives the cell back. */
  finish(): void {
    this.#attempt = undefined;
    this.#view = nothing;
  }

  view(): Uint8Array {
    const { buffer } = this.memory;
    if (this.#view.buffer !== buffer) this.#view = new Uint8Array(buffer);
    return this.#view;
  }

  charge(fuel: number): void {
    // A guest that caught the end of its run goes on until its next check, and gets nothing more.
    if (this.attempt.ending !== undefined) throw attemptEnded;
    if (!this.#demandInstance().charge(BigInt(fuel))) this.end(fuelSpent);
  }

  fuelLeft(): number {
    return this.attempt.fuelMax - this.fuelUsed;
  }

  end(ending: Ending): never {
    this.mark(ending);
    throw attemptEnded;
  }

  /** Ends the attempt at the guest's next check; for callers that unwind it themselves. */
  mark(ending: Ending): void {
    const attempt = this.#attempt;
    if (attempt !== undefined) attempt.ending ??= ending;
    this.#instance?.poison(ending.kind);
  }

  /** Ends the attempt where its time is over. */
  lookAtWall(): void {
    const ending = this.attempt.watch.look();
    if (ending !== undefined) this.end(ending);
  }

  #demandInstance(): MeteredInstance {
    if (this.#instance === undefined) throw attemptEnded;
    return this.#instance;
  }
}

function mayGoOn(attempt: Attempt): boolean {
  const ending = attempt.watch.lookAfterSlice();
  if (ending !== undefined) attempt.ending ??= ending;
  return attempt.ending === undefined;
}

const nothing: Uint8Array<ArrayBufferLike> = new Uint8Array();

const noMemory: EngineMemory = { buffer: new ArrayBuffer(0), grow: () => -1 };

const fuelSpent: Ending = { kind: "outcome", outcome: { kind: "exhausted", meter: "fuel" } };

const outsideRun: Ending = trapped("host functions are there during a run only");
