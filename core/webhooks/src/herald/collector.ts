import { isFault } from "@bedplate/errors";
import { isOfKind, type Position, type ToldEvent } from "@bedplate/events";
import type { StateFence, StoredDocument } from "@bedplate/state";
import type { Delivery, Webhook } from "../webhook.ts";
import { attemptsMax, waitingMax } from "../webhook-limits.ts";
import type { WebhookStore } from "../webhook-store.ts";
import { collectedId, collectedTable, webhookTable } from "../webhook-tables.ts";
import type { WebhooksModules } from "../webhooks-modules.ts";
import type { Lanes } from "./lanes.ts";

/** What a herald's parts are built from. */
export interface HeraldParts extends WebhooksModules {
  readonly store: WebhookStore;
  /** Refuses the commits of a replica that was replaced. */
  readonly fence: StateFence;
  readonly lanes: Lanes;
}

/** What is collected for whom, and up to where. */
interface Collecting {
  readonly webhooks: readonly StoredDocument<Webhook>[];
  readonly position: Position;
  readonly signal: AbortSignal;
}

/** Events that become deliveries in one commit. */
const eventsMax = 200;
/** Most deliveries of one commit: each is two changes. */
const deliveriesMax = 2_000;
/** After so many revisions that made no delivery the position is written down all the same. */
const revisionsMax = 5_000;

/**
 * Makes deliveries of events. They and the position up to which that was done are one commit, so each
 * event has its deliveries once, whenever the replica dies.
 */
export class Collector {
  readonly #parts: HeraldParts;
  /** The sum of the revisions of the position that is written down. */
  #written = 0;

  constructor(parts: HeraldParts) {
    this.#parts = parts;
  }

  /** Goes on until the signal aborts, or until there is no webhook. */
  async run(signal: AbortSignal): Promise<void> {
    const { feed, store } = this.#parts;
    let position = await this.#position(signal);
    while (!signal.aborted) {
      const before = await store.all({ signal });
      if (before.length === 0) return;
      // Of what happened before every webhook that there is, nobody is told.
      position = later(position, earliest(before));
      const limit = Math.max(1, Math.min(eventsMax, Math.floor(deliveriesMax / before.length)));
      const page = await feed.read(position, { limit, signal, isComplete: true });
      // Read after the page: whoever made a webhook before an event of it is told of that event.
      const webhooks = await store.all({ signal });
      const collected = this.#collect(page.events, { webhooks, position: page.position, signal });
      if (!(await collected)) continue;
      position = page.position;
      if (page.isAtEnd) await feed.change(position, signal).catch(rethrowUnless(signal));
    }
  }

  /** Where the last herald was; after a restore of the state that may be ahead of all there is. */
  async #position(signal: AbortSignal): Promise<Position> {
    const { state, feed } = this.#parts;
    const written = (await collectedTable.get(state, collectedId, { signal }))?.document ?? {};
    const head = await feed.head({ signal });
    const marks = Object.entries(written);
    return Object.fromEntries(marks.map(([mark, at]) => [mark, Math.min(at, head[mark] ?? 0)]));
  }

  /** False when a webhook was changed or removed meanwhile. */
  async #collect(events: readonly ToldEvent[], options: Collecting): Promise<boolean> {
    const { store, state, fence, lanes } = this.#parts;
    const { webhooks, position, signal } = options;
    const told = webhooks.map(({ document }) => document);
    const pairs = told.flatMap((webhook) =>
      events.filter((event) => isFor(webhook, event)).map((event) => ({ webhook, event })),
    );
    const revision = Object.values(position).reduce((sum, each) => sum + each, 0);
    // A position that is a little old costs looking again; a commit for every look would cost more.
    if (pairs.length === 0 && revision - this.#written < revisionsMax) return true;
    const deliveries = this.#deliveriesOf(pairs);
    const ops = deliveries.flatMap((each) => [...store.opsOf(each)]);
    ops.push(collectedTable.put(collectedId, position));
    const isMeant = new Set(deliveries.map(({ webhook }) => webhook));
    const meant = webhooks.filter(({ document }) => isMeant.has(document.id));
    try {
      await state.commit(
        { checks: meant.map((each) => webhookTable.at(each)), ops, fence },
        { signal },
      );
    } catch (error) {
      if (isFault(error, "version.mismatch")) return false;
      throw error;
    }
    this.#written = revision;
    for (const each of deliveries) if (each.phase === "waiting") lanes.put(each);
    return true;
  }

  #deliveriesOf(
    pairs: readonly { readonly webhook: Webhook; readonly event: ToldEvent }[],
  ): readonly Delivery[] {
    const waiting = new Map<string, number>();
    return pairs.map(({ webhook, event }) => {
      const before = waiting.get(webhook.id) ?? this.#parts.lanes.countOf(webhook.id);
      waiting.set(webhook.id, before + 1);
      return this.#deliveryOf(webhook, event, { isFull: before >= waitingMax });
    });
  }

  #deliveryOf(
    webhook: Webhook,
    { cursor: _, ...event }: ToldEvent,
    { isFull }: { readonly isFull: boolean },
  ): Delivery {
    const now = this.#parts.clock.now();
    const { id, kind, subject, at, project } = event;
    return {
      id,
      project,
      webhook: webhook.id,
      kind,
      subject,
      body: bodyOf(event, at),
      phase: isFull ? "dead" : "waiting",
      attempts: 0,
      attemptsMax,
      createdAt: now,
      nextAt: now,
      ...(isFull && { failure: `${waitingMax} deliveries waited already` }),
    };
  }
}

/** What Standard Webhooks wants of a payload: what it is, when, and the facts. */
function bodyOf({ kind, ...rest }: Omit<ToldEvent, "cursor">, at: number): string {
  return JSON.stringify({ type: kind, timestamp: isoOf(at), data: rest });
}

function isoOf(ms: number): string {
  // biome-ignore lint/style/noRestrictedGlobals: to word an instant reads no clock
  return new Date(ms).toISOString();
}

function isFor(webhook: Webhook, event: ToldEvent): boolean {
  if (webhook.project !== event.project || !isOfKind(event, webhook.kinds)) return false;
  const [, mark = "", revision = "0"] = /^evt_([a-z])(\d+)_/.exec(event.id) ?? [];
  return Number(revision) > (webhook.from[mark] ?? 0);
}

function earliest(webhooks: readonly StoredDocument<Webhook>[]): Position {
  const starts = webhooks.map(({ document }) => document.from);
  const marks = new Set(starts.flatMap((from) => Object.keys(from)));
  return Object.fromEntries(
    [...marks].map((mark) => [mark, Math.min(...starts.map((from) => from[mark] ?? 0))]),
  );
}

function later(a: Position, b: Position): Position {
  const marks = new Set([...Object.keys(a), ...Object.keys(b)]);
  return Object.fromEntries([...marks].map((mark) => [mark, Math.max(a[mark] ?? 0, b[mark] ?? 0)]));
}

function rethrowUnless(signal: AbortSignal): (error: unknown) => void {
  return (error) => {
    if (!signal.aborted) throw error;
  };
}
