import { createHash, randomUUID } from "node:crypto";
import type { Digest } from "@bedplate/codec";
import type { Call, Mark, RewindDriver } from "@bedplate/environment";
import { raise } from "@bedplate/errors";
import type { GuestImage } from "./guest/guest-image.ts";
import { marksMax } from "./manifest.ts";

/** The state of one instance, with its marks. Images never change, so a mark only remembers one. */
export class SessionState implements RewindDriver {
  readonly #base: () => Promise<GuestImage>;
  #image: GuestImage | undefined;
  #marks: { readonly id: string; readonly image: GuestImage | undefined }[] = [];
  #turn: Promise<unknown> = Promise.resolve();

  constructor(base: () => Promise<GuestImage>) {
    this.#base = base;
  }

  /** Absent until a run has changed it: the base. */
  get image(): GuestImage | undefined {
    return this.#image;
  }

  keep(image: GuestImage): void {
    this.#image = image;
  }

  /** Does the work when everything before it is done. */
  inTurn<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#turn.then(work);
    this.#turn = result.catch(() => undefined);
    return result;
  }

  mark(_call: Call): Promise<Mark> {
    return this.inTurn(async () => {
      if (this.#marks.length >= marksMax) throw tooManyMarks();
      const id = randomUUID();
      this.#marks.push({ id, image: this.#image });
      return { id, depth: this.#marks.length };
    });
  }

  rewind(mark: Mark, _call: Call): Promise<void> {
    return this.inTurn(async () => {
      const at = this.#find(mark);
      this.#image = this.#marks[at]?.image;
      this.#marks = this.#marks.slice(0, at);
    });
  }

  settle(mark: Mark, _call: Call): Promise<void> {
    return this.inTurn(async () => {
      this.#marks = this.#marks.slice(0, this.#find(mark));
    });
  }

  digest(_call: Call): Promise<Digest> {
    return this.inTurn(async () => digestOf(this.#image ?? (await this.#base())));
  }

  #find(mark: Mark): number {
    const at = this.#marks.findIndex((each) => each.id === mark.id);
    if (at >= 0) return at;
    throw raise("resource.missing", {
      op: "instance.rewind",
      detail: { type: "mark", id: mark.id },
      message: `Cannot find the mark ${mark.id}: it was never made, or it is over`,
    });
  }
}

function digestOf(image: GuestImage): Digest {
  const head = `${image.memoryBytes}/${image.stackPointer}/`;
  const hash = createHash("sha256").update(head).update(Buffer.from(image.data));
  return `sha256:${hash.digest("hex")}`;
}

function tooManyMarks(): Error {
  return raise("quota.exceeded", {
    op: "instance.rewind.mark",
    detail: { meter: "marks", limit: marksMax, asked: marksMax + 1 },
    message: `Cannot mark: ${marksMax} marks are open already`,
  });
}
