import { untilAborted } from "@bedplate/clock";
import { isFault } from "@bedplate/errors";
import { defineSchema, Type } from "@bedplate/schema";
import { DocumentTable, type StateFence } from "@bedplate/state";
import type { WebhooksModules } from "../webhooks-modules.ts";

interface LeaseRecord {
  readonly holder: string;
  readonly place: string;
  readonly epoch: number;
  readonly until: number;
}

const table = new DocumentTable<LeaseRecord>({
  name: "herald",
  schema: defineSchema(
    Type.Object(
      {
        holder: Type.String(),
        place: Type.String(),
        epoch: Type.Integer({ minimum: 1 }),
        until: Type.Number(),
      },
      { additionalProperties: false },
    ),
  ),
});
const id = "all";

/** How long a replica delivers without saying again that it does, and how often it says so. */
const leaseMs = 8_000;
const beatMs = 2_000;

type LeaseModules = Pick<WebhooksModules, "state" | "clock" | "replica" | "place">;

/** The right to deliver: one replica at a time has it, and its commits are fenced. */
export class HeraldLease {
  readonly #modules: LeaseModules;

  constructor(modules: LeaseModules) {
    this.#modules = modules;
  }

  /** Takes or keeps the right; null while another replica has it. */
  async take(signal: AbortSignal): Promise<StateFence | null> {
    const { state, clock, replica, place } = this.#modules;
    const found = await table.get(state, id, { signal });
    const before = found?.document;
    const isOwn = before?.holder === replica;
    const isGone = before !== undefined && before.place === place;
    const now = clock.now();
    if (before !== undefined && !isOwn && !isGone && before.until > now) return null;
    const epoch = (before?.epoch ?? 0) + (isOwn ? 0 : 1);
    const lease = { holder: replica, place, epoch, until: now + leaseMs };
    const fence = { name: "herald", epoch };
    try {
      const checks = [found === null ? table.absent(id) : table.at(found)];
      await state.commit({ checks, ops: [table.put(id, lease)], fence }, { signal });
      return fence;
    } catch (error) {
      if (isFault(error, "version.mismatch") || isFault(error, "fence.stale")) return null;
      throw error;
    }
  }

  /** Says again and again that this replica delivers; ends when it may not any more. */
  async keep(fence: StateFence, signal: AbortSignal): Promise<void> {
    const { clock } = this.#modules;
    let goodUntil = clock.now() + leaseMs;
    while (!signal.aborted) {
      await clock.sleep(beatMs, { signal }).catch(() => {});
      if (signal.aborted) return;
      const kept = await this.#beat(goodUntil - clock.now(), signal);
      if (kept === null || (kept !== undefined && kept.epoch !== fence.epoch)) return;
      if (kept !== undefined) goodUntil = clock.now() + leaseMs;
      // The store is away, and another replica may have found that this one fell silent.
      if (clock.now() >= goodUntil) return;
    }
  }

  /** Takes it once more, within what is left of it; undefined when that is not known. */
  async #beat(leftMs: number, signal: AbortSignal): Promise<StateFence | null | undefined> {
    const over = new AbortController();
    const either = AbortSignal.any([signal, over.signal]);
    const late = () => over.abort(new Error("the right to deliver ended"));
    void this.#modules.clock.sleep(Math.max(0, leftMs), { signal: either }).then(late, () => {});
    try {
      return await untilAborted(this.take(either), either);
    } catch {
      return undefined;
    } finally {
      over.abort();
    }
  }

  /** Lets another replica have it at once. */
  async drop(): Promise<void> {
    const { state, replica } = this.#modules;
    const found = await table.get(state, id);
    if (found === null || found.document.holder !== replica) return;
    const lease = { ...found.document, until: 0 };
    await state.commit({ checks: [table.at(found)], ops: [table.put(id, lease)] });
  }
}
