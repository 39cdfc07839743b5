import type { Mark } from "@bedplate/environment";
import { raise } from "@bedplate/errors";
import { nestingMax } from "./python-manifest.ts";

/** The open marks of an instance, outermost first. Their states are in the guest process. */
export class InstanceMarks {
  readonly #open: number[] = [];
  #count = 0;

  open(): Mark {
    if (this.#open.length >= nestingMax) {
      throw raise("quota.exceeded", {
        op: "instance.rewind.mark",
        detail: { meter: "marks", limit: nestingMax, asked: nestingMax + 1 },
        message: `Cannot mark: ${nestingMax} marks are open already`,
      });
    }
    this.#count++;
    this.#open.push(this.#count);
    return { id: `mark-${this.#count}`, depth: this.#open.length };
  }

  /** The number under which the guest process knows a mark; refuses a dead one. */
  number(mark: Mark): number {
    const number = this.#open.find((each) => `mark-${each}` === mark.id);
    if (number !== undefined) return number;
    throw raise("resource.missing", {
      op: "instance.rewind",
      detail: { type: "mark", id: mark.id },
      message: `Cannot use the mark ${mark.id}: it is not open`,
    });
  }

  /** Closes a mark and those inside it; returns the numbers of all of them. */
  close(mark: Mark): readonly number[] {
    return this.#open.splice(this.#open.indexOf(this.number(mark)));
  }
}
