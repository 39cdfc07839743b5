import { untilAborted } from "@bedplate/clock";
import { FaultError, isFault, raise } from "@bedplate/errors";
import { type CommitRequest, type StoredDocument, textOfKey } from "@bedplate/state";
import { count, recordSeconds } from "@bedplate/telemetry";
import { signedHeaders } from "../signature.ts";
import type { Delivery, OpenDelivery, Webhook } from "../webhook.ts";
import { attemptMsMax, attemptsMax, pauseMs, pauseMsMax } from "../webhook-limits.ts";
import {
  deliveryIdOf,
  deliveryTable,
  openIdOf,
  openTable,
  webhookIdOf,
  webhookTable,
} from "../webhook-tables.ts";
import type { WebhookAnswer } from "../webhooks-modules.ts";
import type { HeraldParts } from "./collector.ts";

/** What came of an attempt. */
interface Attempt {
  readonly status?: number | undefined;
  /** Absent: it was delivered. */
  readonly failure?: string | undefined;
  readonly retryAfterMs?: number | undefined;
}

/** Longest rest; a lane that becomes due later is looked at then. */
const restMsMax = 60_000;
/** An endpoint says with it that it is there no more. */
const gone = 410;
const failureCharactersMax = 200;

/** Sends what waits. What came of an attempt is written down before the next one of its subject begins. */
export class Courier {
  readonly #parts: HeraldParts;
  /** `open/…` by its key, for deletions that only tell the key. */
  readonly #subjects = new Map<string, OpenDelivery>();
  readonly #sending = new Set<Promise<void>>();
  #ring: () => void = () => {};
  #head = 0;

  constructor(parts: HeraldParts) {
    this.#parts = parts;
  }

  /** Finds what waits already. */
  async load(signal: AbortSignal): Promise<void> {
    const { state, lanes } = this.#parts;
    this.#head = await state.head({ signal });
    for await (const entry of state.listAll({ prefix: openTable.key("") }, { signal })) {
      lanes.put(openTable.read(entry).document);
    }
    lanes.onPut(() => this.#ring());
  }

  /** Goes on until the signal aborts. */
  async run(signal: AbortSignal): Promise<void> {
    const failing = new AbortController();
    const either = AbortSignal.any([signal, failing.signal]);
    const watching = this.#watch(either).catch((error: unknown) => failing.abort(error));
    try {
      while (!either.aborted) {
        this.#sendDue(either, (error) => failing.abort(error));
        await this.#rest(either);
      }
    } finally {
      failing.abort(new Error("the courier ends"));
      await Promise.all([watching, ...this.#sending]);
    }
    if (!signal.aborted) throw failing.signal.reason;
  }

  /** Learns of what other replicas want delivered again. */
  async #watch(signal: AbortSignal): Promise<void> {
    const { state, lanes } = this.#parts;
    const prefix = openTable.key("");
    for await (const { changes } of state.watch({ after: this.#head, prefix }, { signal })) {
      for (const { key, entry } of changes) {
        const name = textOfKey(key);
        if (entry === null) {
          const gone = this.#subjects.get(name);
          if (gone !== undefined) lanes.delete(gone);
          this.#subjects.delete(name);
          continue;
        }
        const open = openTable.read(entry).document;
        this.#subjects.set(name, open);
        lanes.put(open);
      }
    }
  }

  #sendDue(signal: AbortSignal, fail: (error: unknown) => void): void {
    const { lanes, clock } = this.#parts;
    for (;;) {
      const open = lanes.take(clock.now());
      if (open === undefined) return;
      const sending = this.#send(open, signal)
        .catch((error: unknown) => {
          if (!signal.aborted) fail(error);
        })
        .finally(() => {
          lanes.free(open);
          this.#sending.delete(sending);
          this.#ring();
        });
      this.#sending.add(sending);
    }
  }

  async #rest(signal: AbortSignal): Promise<void> {
    const { lanes, clock } = this.#parts;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#ring = resolve;
    // What is due and not under way waits for a place, which rings.
    const waitMs = Math.min(restMsMax, Math.max(0, lanes.nextAt() - clock.now()));
    const over = new AbortController();
    const either = AbortSignal.any([signal, over.signal]);
    const slept = clock.sleep(waitMs, { signal: either }).catch(() => {});
    await Promise.race([promise, slept]);
    over.abort();
  }

  async #send(open: OpenDelivery, signal: AbortSignal): Promise<void> {
    const { state, lanes, clock } = this.#parts;
    const found = await deliveryTable.get(state, deliveryIdOf(open), { signal });
    const webhook = await webhookTable.get(state, webhookIdOf(open), { signal });
    if (webhook === null || found?.document.phase !== "waiting") {
      await this.#drop(open, { found, isUnknown: webhook === null });
      return;
    }
    // The watch may tell of an earlier form of it late; the record says when it is due.
    if (found.document.nextAt > clock.now()) return lanes.put(found.document);
    const attempt = await this.#attempt(webhook.document, found.document, signal);
    const delivery = this.#after(found.document, attempt);
    if (!(await this.#write(found, delivery))) return;
    if (delivery.phase === "waiting") lanes.put(delivery);
    else lanes.delete(delivery);
  }

  /** False when it was changed or removed meanwhile: the next look finds out. */
  async #write(found: StoredDocument<Delivery>, delivery: Delivery): Promise<boolean> {
    const { state, store } = this.#parts;
    for (;;) {
      const webhook = await webhookTable.get(state, webhookIdOf(delivery));
      if (webhook === null) return false;
      const checks = [deliveryTable.at(found), webhookTable.at(webhook)];
      if (await this.#commit({ checks, ops: store.opsOf(delivery) })) return true;
      const now = await deliveryTable.get(state, found.id);
      // Else the webhook has another secret by now, which changes nothing about what came of the attempt.
      if (now?.version !== found.version) return false;
    }
  }

  /** Forgets what nobody is to be told any more, unless it is to be delivered again by now. */
  async #drop(
    open: OpenDelivery,
    options: { readonly found: StoredDocument<Delivery> | null; readonly isUnknown: boolean },
  ): Promise<void> {
    const { found, isUnknown } = options;
    const id = deliveryIdOf(open);
    const checks = [found === null ? deliveryTable.absent(id) : deliveryTable.at(found)];
    const ops = [openTable.delete(openIdOf(open))];
    if (isUnknown) ops.push(deliveryTable.delete(id));
    if (await this.#commit({ checks, ops })) this.#parts.lanes.delete(open);
  }

  /** False when something is not as it was read. */
  async #commit(change: Pick<CommitRequest, "checks" | "ops">): Promise<boolean> {
    const { state, fence } = this.#parts;
    try {
      await state.commit({ ...change, fence });
      return true;
    } catch (error) {
      if (isFault(error, "version.mismatch")) return false;
      throw error;
    }
  }

  async #attempt(webhook: Webhook, delivery: Delivery, signal: AbortSignal): Promise<Attempt> {
    const { transport, clock } = this.#parts;
    const over = new AbortController();
    const until = AbortSignal.any([signal, over.signal]);
    const late = () => over.abort(tooSlow());
    void clock.sleep(attemptMsMax, { signal: until }).then(late, () => {});
    const { id, body } = delivery;
    const headers = {
      "content-type": "application/json",
      ...signedHeaders(webhook, { id, body, now: clock.now() }),
    };
    const startedMs = clock.monotonic();
    try {
      const post = transport.post({ url: webhook.url, headers, body, signal: until });
      // A transport that does not end holds its subject no longer than one that does.
      return judge(await untilAborted(post, until));
    } catch (error) {
      // A replica that ends does not know what came of it: the next one tries again.
      signal.throwIfAborted();
      return { failure: reasonOf(until.aborted ? until.reason : error) };
    } finally {
      over.abort();
      recordSeconds("bedplate_webhook_attempt_seconds", (clock.monotonic() - startedMs) / 1000, {});
    }
  }

  #after(delivery: Delivery, attempt: Attempt): Delivery {
    const { clock } = this.#parts;
    const { status: _status, failure: _failure, ...rest } = delivery;
    const attempts = delivery.attempts + 1;
    const { failure, status, retryAfterMs = 0 } = attempt;
    const isDead = failure !== undefined && (attempts >= delivery.attemptsMax || status === gone);
    const phase = failure === undefined ? "delivered" : isDead ? "dead" : "waiting";
    count("bedplate_webhook_attempts_total", 1, { end: phase });
    return {
      ...rest,
      phase,
      attempts,
      lastAt: clock.now(),
      nextAt: clock.now() + Math.max(this.#pauseOf(delivery), Math.min(retryAfterMs, pauseMsMax)),
      ...(status !== undefined && { status }),
      ...(failure !== undefined && { failure }),
    };
  }

  /** Four times as long each time, up to the longest; between a half and one and a half of it by chance. */
  #pauseOf({ attempts, attemptsMax: last }: Delivery): number {
    // Whoever delivers it again begins with the shortest pause.
    const failed = attempts - (last - attemptsMax);
    const pause = Math.min(pauseMs * 4 ** failed, pauseMsMax);
    const [byte = 0] = this.#parts.random.bytes(1);
    return Math.round(pause * (0.5 + byte / 255));
  }
}

function judge({ status, retryAfterMs }: WebhookAnswer): Attempt {
  if (status >= 200 && status < 300) return { status };
  return { status, retryAfterMs, failure: `the endpoint answered with ${status}` };
}

/** Only words of ours: what an endpoint says is not kept. */
function reasonOf(error: unknown): string {
  if (error instanceof FaultError) return error.message.slice(0, failureCharactersMax);
  const { code } = error as { readonly code?: unknown };
  return typeof code === "string" ? code.slice(0, failureCharactersMax) : "the connection broke";
}

function tooSlow(): Error {
  return raise("deadline.exceeded", {
    op: "webhooks.deliver",
    detail: { afterMs: attemptMsMax },
    message: `Cannot deliver: the endpoint took longer than ${attemptMsMax} ms`,
  });
}
