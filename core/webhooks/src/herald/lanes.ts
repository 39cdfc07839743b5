import type { OpenDelivery } from "../webhook.ts";
import { inFlightMax, inFlightPerWebhookMax } from "../webhook-limits.ts";

/** What waits of one subject for one webhook, oldest first. */
interface Lane {
  readonly webhook: string;
  readonly waiting: OpenDelivery[];
  isBusy: boolean;
}

/**
 * Deliveries that wait. Those of one subject to one webhook go one after the other, so that they arrive
 * in order: a delivery that fails holds the later ones of its subject until it is delivered or dead.
 */
export class Lanes {
  readonly #lanes = new Map<string, Lane>();
  readonly #counts = new Map<string, number>();
  readonly #busy = new Map<string, number>();
  #busyAll = 0;
  #ring: () => void = () => {};

  /** Calls back when something was added. */
  onPut(ring: () => void): void {
    this.#ring = ring;
  }

  /** Adds a delivery, or replaces it where it waits already. */
  put(delivery: OpenDelivery): void {
    const { id, project, webhook, subject, nextAt } = delivery;
    const open = { id, project, webhook, subject, nextAt };
    const key = laneOf(delivery);
    const lane = this.#lanes.get(key) ?? { webhook, waiting: [], isBusy: false };
    this.#lanes.set(key, lane);
    const at = lane.waiting.findIndex((each) => each.id >= id);
    if (lane.waiting[at]?.id === id) lane.waiting[at] = open;
    else {
      lane.waiting.splice(at === -1 ? lane.waiting.length : at, 0, open);
      this.#counts.set(webhook, this.countOf(webhook) + 1);
    }
    this.#ring();
  }

  delete(delivery: Pick<OpenDelivery, "id" | "webhook" | "subject">): void {
    const key = laneOf(delivery);
    const lane = this.#lanes.get(key);
    const at = lane?.waiting.findIndex(({ id }) => id === delivery.id) ?? -1;
    if (lane === undefined || at === -1) return;
    lane.waiting.splice(at, 1);
    this.#counts.set(lane.webhook, this.countOf(lane.webhook) - 1);
    if (lane.waiting.length === 0 && !lane.isBusy) this.#lanes.delete(key);
  }

  /** How many wait for a webhook. */
  countOf(webhook: string): number {
    return this.#counts.get(webhook) ?? 0;
  }

  /** Takes one that is due, and keeps its lane busy until `free`; undefined when there is none. */
  take(now: number): OpenDelivery | undefined {
    if (this.#busyAll >= inFlightMax) return undefined;
    for (const lane of this.#lanes.values()) {
      const [first] = lane.waiting;
      const busy = this.#busy.get(lane.webhook) ?? 0;
      const isDue = first !== undefined && first.nextAt <= now;
      if (!isDue || lane.isBusy || busy >= inFlightPerWebhookMax) continue;
      lane.isBusy = true;
      this.#busy.set(lane.webhook, busy + 1);
      this.#busyAll += 1;
      return first;
    }
    return undefined;
  }

  free(delivery: OpenDelivery): void {
    const key = laneOf(delivery);
    const lane = this.#lanes.get(key);
    this.#busyAll -= 1;
    this.#busy.set(delivery.webhook, (this.#busy.get(delivery.webhook) ?? 1) - 1);
    if (lane === undefined) return;
    lane.isBusy = false;
    if (lane.waiting.length === 0) this.#lanes.delete(key);
  }

  /** When the next one is due that is not under way. */
  nextAt(): number {
    let earliest = Number.POSITIVE_INFINITY;
    for (const { waiting, isBusy } of this.#lanes.values()) {
      if (!isBusy) earliest = Math.min(earliest, waiting[0]?.nextAt ?? earliest);
    }
    return earliest;
  }
}

function laneOf({ webhook, subject }: Pick<OpenDelivery, "webhook" | "subject">): string {
  return `${webhook} ${subject}`;
}
