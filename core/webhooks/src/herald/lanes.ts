import type { OpenDelivery } from "../webhook.ts";
import { inFlightMax, inFlightPerProjectMax, inFlightPerWebhookMax } from "../webhook-limits.ts";
import { DueLanes, type Lane, RestingLanes } from "./lane.ts";
import { Tally } from "./tally.ts";

/**
 * Deliveries that wait. Those of one subject to one webhook go one after the other, so that they arrive
 * in order: a delivery that fails holds the later ones of its subject until it is delivered or dead.
 * Projects take turns, and so do the webhooks of each.
 */
export class Lanes {
  readonly #lanes = new Map<string, Lane>();
  readonly #due = new DueLanes();
  readonly #resting = new RestingLanes();
  /** By webhook: what waits or is under way. */
  readonly #waiting = new Tally();
  /** What is under way, by webhook and by project. */
  readonly #busyWebhooks = new Tally();
  readonly #busyProjects = new Tally();
  readonly #hasRoom = {
    inProject: (project: string) => this.#busyProjects.of(project) < inFlightPerProjectMax,
    inWebhook: (webhook: string) => this.#busyWebhooks.of(webhook) < inFlightPerWebhookMax,
  };
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
    const lane = this.#laneOf(delivery);
    const at = lane.waiting.findIndex((each) => each.id >= id);
    if (lane.waiting[at]?.id === id) lane.waiting[at] = open;
    else {
      lane.waiting.splice(at === -1 ? lane.waiting.length : at, 0, open);
      this.#waiting.add(webhook, 1);
    }
    this.#place(lane);
    this.#ring();
  }

  delete(delivery: Pick<OpenDelivery, "id" | "webhook" | "subject">): void {
    const lane = this.#lanes.get(keyOf(delivery));
    const at = lane?.waiting.findIndex(({ id }) => id === delivery.id) ?? -1;
    if (lane === undefined || at === -1) return;
    lane.waiting.splice(at, 1);
    this.#waiting.add(lane.webhook, -1);
    this.#place(lane);
  }

  /** How many wait for a webhook. */
  countOf(webhook: string): number {
    return this.#waiting.of(webhook);
  }

  /** Takes one that is due, and keeps its lane busy until `free`; undefined when there is none. */
  take(now: number): OpenDelivery | undefined {
    for (;;) {
      const lane = this.#resting.takeDue(now);
      if (lane === undefined) break;
      this.#due.add(lane);
    }
    const lane = this.#busyAll < inFlightMax ? this.#due.take(this.#hasRoom) : undefined;
    if (lane === undefined) return undefined;
    lane.isBusy = true;
    lane.dueAt = undefined;
    this.#count(lane, 1);
    return lane.waiting[0];
  }

  free(delivery: OpenDelivery): void {
    const lane = this.#lanes.get(keyOf(delivery));
    if (lane?.isBusy !== true) return;
    lane.isBusy = false;
    this.#count(lane, -1);
    this.#place(lane);
  }

  /** When the next one is due of those that rest; what is due already waits for a `free`. */
  nextAt(): number {
    return this.#resting.nextAt();
  }

  #laneOf(delivery: OpenDelivery): Lane {
    const { project, webhook } = delivery;
    const key = keyOf(delivery);
    const known = this.#lanes.get(key);
    if (known !== undefined) return known;
    const lane = { key, project, webhook, waiting: [], isBusy: false, dueAt: undefined };
    this.#lanes.set(key, lane);
    return lane;
  }

  /** Has a lane rest until its first delivery is due; one that is empty is forgotten. */
  #place(lane: Lane): void {
    const dueAt = lane.isBusy ? undefined : lane.waiting[0]?.nextAt;
    if (dueAt !== lane.dueAt) {
      this.#due.delete(lane);
      lane.dueAt = dueAt;
      if (dueAt !== undefined) this.#resting.add(lane, dueAt);
    }
    if (lane.waiting.length === 0 && !lane.isBusy) this.#lanes.delete(lane.key);
  }

  #count({ webhook, project }: Lane, change: 1 | -1): void {
    this.#busyAll += change;
    this.#busyWebhooks.add(webhook, change);
    this.#busyProjects.add(project, change);
  }
}

function keyOf({ webhook, subject }: Pick<OpenDelivery, "webhook" | "subject">): string {
  return `${webhook} ${subject}`;
}
