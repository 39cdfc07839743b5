import { createHash } from "node:crypto";
import type { Digest } from "@bedplate/codec";
import { raise } from "@bedplate/errors";
import type { StateSnapshot } from "@bedplate/wasm-module";
import { type BaseState, initialisationMsMax } from "../allocator/base-state.ts";
import type { GuestSource, InitialBounds } from "../allocator/guest-source.ts";
import type { LiveGuest } from "../allocator/live-guest.ts";
import type { GuestMaker } from "../allocator/on-demand-source.ts";
import { functionIndex, moveImage } from "./move-image.ts";

/**
 * One instance whose state lives on between runs. A run that does not return leaves the state as it
 * was before it.
 */
export class SessionState implements GuestSource {
  readonly #maker: GuestMaker;
  #base: BaseState | undefined;
  #made: LiveGuest;
  #before: StateSnapshot | undefined;

  constructor(maker: GuestMaker) {
    this.#maker = maker;
    this.#made = maker.make();
  }

  base(bounds: InitialBounds): BaseState {
    if (this.#base !== undefined) return this.#base;
    const base = this.#maker.initialise(this.#made, bounds);
    if (base.isCut === true) this.#replace(this.#maker.make());
    else this.#base = base;
    return base;
  }

  get memoryBytes(): number {
    return this.#guest.instance.memoryBytes;
  }

  take(): LiveGuest {
    this.#before = this.#guest.instance.save(this.#before);
    return this.#guest;
  }

  give(_guest: LiveGuest, isKept: boolean): void {
    if (!isKept && this.#before !== undefined) this.restore(this.#before);
  }

  /** The instance after its initialisation, which a mark may ask for before any run does. */
  get #guest(): LiveGuest {
    this.base(widest);
    return this.#made;
  }

  /** The present state, copied. */
  save(): StateSnapshot {
    return this.#guest.instance.save();
  }

  /** Memory that has grown cannot shrink: then a new instance takes over with the old state. */
  restore(image: StateSnapshot): void {
    const answer = this.#guest.instance.restore(image);
    if (answer === "restored") return;
    const fresh = this.#maker.make();
    if (fresh.instance.restore(moveImage(image, fresh.instance)) !== "restored") {
      throw unmovable(answer);
    }
    this.#replace(fresh);
  }

  #replace(fresh: LiveGuest): void {
    this.#maker.drop(this.#made);
    this.#made = fresh;
  }

  /** Digest of memories, mutable globals and tables. */
  digest(): Digest {
    const { memories, globals, tables } = this.save();
    const hash = createHash("sha256");
    for (const memory of memories) hash.update(`memory ${memory.length}\n`).update(memory);
    for (const value of globals) hash.update(`global ${valueText(value)}\n`);
    for (const table of tables) hash.update(`table ${table.map(valueText).join(" ")}\n`);
    return `sha256:${hash.digest("hex")}`;
  }
}

/** Marks have no budget: the release's own limits hold. */
const widest: InitialBounds = { wallMs: initialisationMsMax, memoryBytes: Number.MAX_SAFE_INTEGER };

/** A value as text: equal texts for equal bits, with one text for every NaN. */
function valueText(value: unknown): string {
  if (typeof value === "function") return `function ${functionIndex(value)}`;
  if (typeof value === "bigint") return `${value}n`;
  if (Array.isArray(value)) return value.map(valueText).join(",");
  return Object.is(value, -0) ? "-0" : String(value);
}

function unmovable(why: string): Error {
  return raise("internal.bug", {
    op: "instance.rewind",
    detail: { where: `session.restore: ${why}` },
    message: "Cannot put the session's state back: a new instance does not take it",
  });
}
