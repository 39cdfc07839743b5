import type { StateSnapshot } from "@bedplate/wasm-module";
import type { BaseState } from "./base-state.ts";
import type { GuestSource, InitialBounds } from "./guest-source.ts";
import type { LiveGuest } from "./live-guest.ts";
import type { GuestMaker } from "./on-demand-source.ts";

/**
 * Runs a module's initialisation once, and starts each run from an image of what it left. Where the
 * image holds references that a new instance does not have in the same place, or segments were
 * dropped, every instance is initialised by itself instead.
 */
export class SnapshotSource implements GuestSource {
  readonly #maker: GuestMaker;
  #first: LiveGuest | undefined;
  #base: BaseState | undefined;
  #image: StateSnapshot | undefined;
  #hasReferences = false;

  constructor(maker: GuestMaker) {
    this.#maker = maker;
    // Made at once, so that a module of which none can be made is known.
    this.#first = maker.make();
  }

  base(bounds: InitialBounds): BaseState {
    if (this.#base !== undefined) return this.#base;
    const guest = this.#first ?? this.#maker.make();
    this.#first = undefined;
    const before = guest.instance.save();
    const base = this.#maker.initialise(guest, bounds);
    const after = base.isCut === true ? undefined : guest.instance.save();
    this.#maker.drop(guest);
    if (after === undefined) return base;
    this.#image = isPortable(before, after) ? withoutReferences(after) : undefined;
    this.#hasReferences = after.tables.length > 0 || !after.globals.every(isPlain);
    this.#base = base;
    return base;
  }

  /** Whether runs start from an image; else they are initialised one by one. */
  get hasImage(): boolean {
    return this.#image !== undefined;
  }

  take(bounds: InitialBounds): LiveGuest | undefined {
    const guest = this.#maker.make();
    if (this.#image === undefined) {
      const { isCut } = this.#maker.initialise(guest, bounds);
      if (isCut !== true) return guest;
      this.#maker.drop(guest);
      return undefined;
    }
    guest.instance.restore(this.#hasReferences ? imageWithOwn(guest, this.#image) : this.#image);
    return guest;
  }

  give(guest: LiveGuest): void {
    this.#maker.drop(guest);
  }
}

/** References belong to one instance: those of the new one stand where the image's stood. */
function imageWithOwn({ instance }: LiveGuest, image: StateSnapshot): StateSnapshot {
  const { globals, tables } = instance.save();
  return {
    ...image,
    globals: image.globals.map((value, at) => (isPlain(value) ? value : globals[at])),
    tables,
  };
}

function isPortable(before: StateSnapshot, after: StateSnapshot): boolean {
  const areTablesSame = after.tables.every(
    (table, at) =>
      table.length === before.tables[at]?.length &&
      table.every((value, index) => value === before.tables[at]?.[index]),
  );
  const areReferencesSame = after.globals.every(
    (value, at) => isPlain(value) || value === before.globals[at],
  );
  return areTablesSame && areReferencesSame && after.drops === 0;
}

/** Numbers, and the two halves of a vector. */
function isPlain(value: unknown): boolean {
  return typeof value === "number" || typeof value === "bigint" || Array.isArray(value);
}

/** References would keep the first instance alive. */
function withoutReferences(image: StateSnapshot): StateSnapshot {
  return {
    ...image,
    globals: image.globals.map((value) => (isPlain(value) ? value : null)),
    tables: image.tables.map(() => []),
  };
}
