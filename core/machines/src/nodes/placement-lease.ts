import type { Clock } from "@bedplate/clock";
import { defineSchema, type Schema, Type } from "@bedplate/schema";
import { DocumentTable, type StateFence, type StateStore } from "@bedplate/state";
import { isLostRace } from "../machine-store.ts";

/** Who places machines, and until when. */
interface PlacerRecord {
  readonly holder: string;
  /** Where the holder runs: a later process of the same place knows that it is gone. */
  readonly place: string;
  readonly epoch: number;
  readonly until: number;
}

const schema: Schema<PlacerRecord> = defineSchema(
  Type.Object(
    {
      holder: Type.String(),
      place: Type.String(),
      epoch: Type.Integer({ minimum: 1 }),
      until: Type.Number(),
    },
    { additionalProperties: false },
  ),
);
const table = new DocumentTable({ name: "lease", schema });
const id = "placement";

/** How long a replica places machines without saying again that it does. */
export const placementLeaseMs = 5_000;

interface LeaseModules {
  readonly state: StateStore;
  readonly clock: Clock;
  /** Names this process. */
  readonly replica: string;
  readonly place: string;
}

/** One replica at a time places machines; whoever takes over fences the one before. */
export class PlacementLease implements AsyncDisposable {
  readonly #modules: LeaseModules;
  #held: PlacerRecord | undefined;

  constructor(modules: LeaseModules) {
    this.#modules = modules;
  }

  /** What commits of this replica carry; undefined while it does not have the right. */
  get fence(): StateFence | undefined {
    const held = this.#held;
    if (held === undefined || held.until <= this.#modules.clock.now()) return undefined;
    return fenceOf(held.epoch);
  }

  /** Takes or keeps the right; false while another replica has it. */
  async take(): Promise<boolean> {
    const { state, clock, replica, place } = this.#modules;
    const found = await table.get(state, id);
    const now = clock.now();
    const before = found?.document;
    const isOwn = before?.holder === replica;
    if (before !== undefined && isOwn && before.until - now > placementLeaseMs / 2) {
      this.#held = before;
      return true;
    }
    const isHeld = before !== undefined && !isOwn && before.place !== place && before.until > now;
    this.#held = undefined;
    if (isHeld) return false;
    const epoch = (before?.epoch ?? 0) + (isOwn ? 0 : 1);
    const taken = { holder: replica, place, epoch, until: now + placementLeaseMs };
    try {
      const checks = [found === null ? table.absent(id) : table.at(found)];
      await state.commit({ checks, ops: [table.put(id, taken)], fence: fenceOf(epoch) });
    } catch (error) {
      if (isLostRace(error)) return false;
      throw error;
    }
    this.#held = taken;
    return true;
  }

  /** Lets others have it at once. */
  async [Symbol.asyncDispose](): Promise<void> {
    const held = this.#held;
    this.#held = undefined;
    if (held === undefined) return;
    const { state } = this.#modules;
    try {
      const found = await table.get(state, id);
      if (found?.document.holder !== held.holder) return;
      const checks = [table.at(found)];
      await state.commit({ checks, ops: [table.put(id, { ...found.document, until: 0 })] });
    } catch {
      // Then it ends by itself.
    }
  }
}

function fenceOf(epoch: number): StateFence {
  return { name: "placement", epoch };
}
