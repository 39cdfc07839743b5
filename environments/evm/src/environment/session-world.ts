import { type Digest, digestBytes } from "@bedplate/codec";
import type { Call, Mark, RewindDriver } from "@bedplate/environment";
import { raise } from "@bedplate/errors";
import type { WorldChanges } from "../engine.ts";
import type { MemoryWorld } from "../transition/memory-world.ts";

/** Marks that may be open at once. */
export const nestingMax = 64;

interface OpenMark {
  readonly id: string;
  readonly world: MemoryWorld;
}

/**
 * The accounts and storage that code finds: the same for each run, or in a session what the runs before
 * left. A world never changes, so a mark is a reference to it. One thing happens after the other.
 */
export class SessionWorld implements RewindDriver {
  readonly #isKept: boolean;
  #world: MemoryWorld;
  #marks: OpenMark[] = [];
  #count = 0;
  #last: Promise<unknown> = Promise.resolve();

  constructor(world: MemoryWorld, { isKept }: { readonly isKept: boolean }) {
    this.#isKept = isKept;
    this.#world = world;
  }

  /** Executes on the world; what `execute` answers as changes stays, where runs follow each other. */
  run<Result extends { readonly changes: WorldChanges }>(
    execute: (world: MemoryWorld) => Result | Promise<Result>,
  ): Promise<Result> {
    return this.#next(async () => {
      const result = await execute(this.#world);
      const { accounts, destroyed: deleted, storage } = result.changes;
      if (this.#isKept) this.#world = this.#world.after({ accounts, deleted, storage });
      return result;
    });
  }

  mark(_call: Call): Promise<Mark> {
    return this.#next(() => {
      if (this.#marks.length >= nestingMax) throw full();
      this.#count += 1;
      const id = `mark-${this.#count}`;
      this.#marks.push({ id, world: this.#world });
      return { id, depth: this.#marks.length };
    });
  }

  rewind(mark: Mark, _call: Call): Promise<void> {
    return this.#next(() => {
      const at = this.#find(mark, "rewind");
      this.#world = this.#marks[at]?.world ?? this.#world;
      this.#marks = this.#marks.slice(0, at);
    });
  }

  settle(mark: Mark, _call: Call): Promise<void> {
    return this.#next(() => {
      this.#marks = this.#marks.slice(0, this.#find(mark, "settle"));
    });
  }

  digest(_call: Call): Promise<Digest> {
    return this.#next(() => digestBytes(this.#world.root()));
  }

  #next<Value>(work: () => Value | Promise<Value>): Promise<Value> {
    const turn = this.#last.then(work);
    this.#last = turn.catch(() => undefined);
    return turn;
  }

  #find(mark: Mark, verb: string): number {
    const at = this.#marks.findIndex(({ id }) => id === mark.id);
    if (at >= 0) return at;
    throw raise("resource.missing", {
      op: `instance.rewind.${verb}`,
      detail: { type: "mark", id: mark.id },
      message: `Cannot ${verb} ${mark.id}: it is not open`,
    });
  }
}

function full(): Error {
  return raise("quota.exceeded", {
    op: "instance.rewind.mark",
    detail: { meter: "marks", limit: nestingMax, asked: nestingMax + 1 },
    message: `Cannot mark the instance: ${nestingMax} marks are open already`,
  });
}
