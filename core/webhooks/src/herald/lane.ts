import type { OpenDelivery } from "../webhook.ts";

/** What waits of one subject for one webhook, oldest first. */
export interface Lane {
  readonly key: string;
  readonly project: string;
  readonly webhook: string;
  readonly waiting: OpenDelivery[];
  isBusy: boolean;
  /** When its first delivery may be sent; undefined while it is busy or empty. */
  dueAt: number | undefined;
}

/** Lanes whose time has not come, by when it does. One that is due at another time by now is passed over. */
export class RestingLanes {
  /** The next one is the last. */
  readonly #entries: { readonly at: number; readonly lane: Lane }[] = [];

  add(lane: Lane, at: number): void {
    let low = 0;
    let high = this.#entries.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#entries[middle]?.at ?? 0) > at) low = middle + 1;
      else high = middle;
    }
    this.#entries.splice(low, 0, { at, lane });
  }

  /** Takes out one that is due; undefined when there is none. */
  takeDue(now: number): Lane | undefined {
    return this.nextAt() <= now ? this.#entries.pop()?.lane : undefined;
  }

  /** When the next one is due; infinite when none rests. */
  nextAt(): number {
    for (;;) {
      const last = this.#entries.at(-1);
      if (last === undefined) return Number.POSITIVE_INFINITY;
      if (last.lane.dueAt === last.at) return last.at;
      this.#entries.pop();
    }
  }
}

/** Lanes that are due: project by project, webhook by webhook, each in its turn. */
export class DueLanes {
  readonly #projects = new Map<string, Map<string, Set<Lane>>>();

  add(lane: Lane): void {
    const { project, webhook } = lane;
    const webhooks = this.#projects.get(project) ?? new Map<string, Set<Lane>>();
    const lanes = webhooks.get(webhook) ?? new Set<Lane>();
    this.#projects.set(project, webhooks.set(webhook, lanes.add(lane)));
  }

  delete(lane: Lane): void {
    const { project, webhook } = lane;
    const webhooks = this.#projects.get(project);
    const lanes = webhooks?.get(webhook);
    if (webhooks === undefined || lanes?.delete(lane) !== true) return;
    if (lanes.size === 0) webhooks.delete(webhook);
    if (webhooks.size === 0) this.#projects.delete(project);
  }

  /** Takes out the next one that has room; its project and its webhook come last then. */
  take(hasRoom: {
    readonly inProject: (project: string) => boolean;
    readonly inWebhook: (webhook: string) => boolean;
  }): Lane | undefined {
    for (const [project, webhooks] of this.#projects) {
      if (!hasRoom.inProject(project)) continue;
      for (const [webhook, lanes] of webhooks) {
        const [lane] = lanes;
        if (lane === undefined || !hasRoom.inWebhook(webhook)) continue;
        // What is set anew in a map comes last in its order.
        webhooks.delete(webhook);
        webhooks.set(webhook, lanes);
        this.#projects.delete(project);
        this.#projects.set(project, webhooks);
        this.delete(lane);
        return lane;
      }
    }
    return undefined;
  }
}
