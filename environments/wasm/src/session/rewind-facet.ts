import type { Digest } from "@bedplate/codec";
import type { Call, Mark, RewindDriver } from "@bedplate/environment";
import { raise } from "@bedplate/errors";
import type { StateSnapshot } from "@bedplate/wasm-module";
import type { SerialQueue } from "./serial-queue.ts";
import type { SessionState } from "./session-state.ts";

/** Marks that may be open at once. */
export const nestingMax = 16;

/** Bytes that the open marks of one session may hold. */
export const markBytesMax: number = 1024 * 1024 * 1024;

interface OpenMark {
  readonly id: string;
  readonly image: StateSnapshot;
}

/** Marks and rewinds the state of one session. */
export class RewindFacet implements RewindDriver {
  readonly #open: () => SessionState;
  #opened: SessionState | undefined;
  readonly #queue: SerialQueue;
  #marks: OpenMark[] = [];
  #count = 0;

  /** `open` gives the state when it is first asked for. */
  constructor(open: () => SessionState, queue: SerialQueue) {
    this.#open = open;
    this.#queue = queue;
  }

  mark(_call: Call): Promise<Mark> {
    return this.#queue.do("mark the instance", () => {
      this.#demandRoom();
      this.#count += 1;
      const mark = { id: `mark-${this.#count}`, image: this.#state.save() };
      this.#marks.push(mark);
      return { id: mark.id, depth: this.#marks.length };
    });
  }

  rewind(mark: Mark, _call: Call): Promise<void> {
    return this.#queue.do("rewind the instance", () => {
      const at = this.#find(mark, "rewind");
      const image = this.#marks[at]?.image;
      if (image !== undefined) this.#state.restore(image);
      this.#marks = this.#marks.slice(0, at);
    });
  }

  settle(mark: Mark, _call: Call): Promise<void> {
    return this.#queue.do("settle the mark", () => {
      this.#marks = this.#marks.slice(0, this.#find(mark, "settle"));
    });
  }

  digest(_call: Call): Promise<Digest> {
    return this.#queue.do("digest the instance", () => this.#state.digest());
  }

  get #state(): SessionState {
    this.#opened ??= this.#open();
    return this.#opened;
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

  #demandRoom(): void {
    if (this.#marks.length >= nestingMax) {
      throw full("marks", { limit: nestingMax, asked: this.#marks.length + 1 });
    }
    const held = this.#marks.reduce((sum, { image }) => sum + image.memoryBytes, 0);
    const asked = held + this.#state.memoryBytes;
    if (asked > markBytesMax) throw full("markBytes", { limit: markBytesMax, asked });
  }
}

function full(
  meter: string,
  { limit, asked }: { readonly limit: number; readonly asked: number },
): Error {
  return raise("quota.exceeded", {
    op: "instance.rewind.mark",
    detail: { meter, limit, asked },
    message: `Cannot mark the instance: its open marks already reach the limit of ${limit} ${meter}`,
  });
}
