import { type Clock, untilAborted } from "@bedplate/clock";
import { isFault } from "@bedplate/errors";
import type { CacheLife } from "./cache-item.ts";
import type { CacheStore, Waiting } from "./cache-store.ts";
import type { TallyKeeper } from "./cache-tally.ts";

/** Makes the value that the cache does not have; null when there is none, which is cached as well. */
export type LoadValue = () => Promise<Uint8Array | null>;

/** How a value is cached that had to be loaded. */
export interface FillOptions extends CacheLife {
  readonly tags?: readonly string[] | undefined;
  /** How long other processes leave a loader alone; a loader that crashed blocks no longer. Default: 30,000. */
  readonly holdMs?: number | undefined;
  /** How long to wait for the loader of another process before loading too. Default: 60,000. */
  readonly waitMs?: number | undefined;
}

interface FillRequest {
  readonly key: string;
  readonly load: LoadValue;
  readonly options: FillOptions & Waiting;
}

/** One load that several callers wait for. */
interface Flight {
  readonly namespace: string;
  readonly key: string;
  readonly tags: readonly string[];
  readonly course: Course;
  readonly landing: Promise<Landing>;
}

interface Course {
  /** The cache was unavailable when the flight began: it goes on without. */
  readonly isAlone: boolean;
  /** The key or a tag was written or dropped here meanwhile: what is loaded may be old. */
  isForgotten: boolean;
}

interface Landing {
  readonly value: Uint8Array | null;
  /** False when later callers may not have it: a write could have overtaken it. */
  readonly isShareable: boolean;
}

interface SingleFlightOptions {
  readonly clock: Clock;
  readonly closing: AbortSignal;
  readonly keeper: TallyKeeper;
  readonly pollMs: number;
}

const holdMsDefault = 30_000;
const waitMsDefault = 60_000;
/** A caller whose shared loads are overtaken this often by writes loads for itself. */
const joinsMax = 4;

/** Lets one of many callers load what a cache does not have. */
export class SingleFlight {
  readonly #options: SingleFlightOptions;
  readonly #flights = new Map<string, Flight>();

  constructor(options: SingleFlightOptions) {
    this.#options = options;
  }

  /** Takes flights off that callers may not join any more. */
  forget(namespace: string, isMeant: (flight: Pick<Flight, "key" | "tags">) => boolean): void {
    for (const [id, flight] of this.#flights) {
      if (flight.namespace !== namespace || !isMeant(flight)) continue;
      flight.course.isForgotten = true;
      this.#flights.delete(id);
    }
  }

  /** Looks, joins a load under way, or loads. */
  async getOrFill(store: CacheStore, request: FillRequest): Promise<Uint8Array | null> {
    const { key, options } = request;
    const { signal } = options;
    for (let joins = 0; joins < joinsMax; joins++) {
      // Each caller looks for itself: what a load under way has read may be older than this call.
      const look = await this.#unlessUnavailable(store, () => store.getMany([key], { signal }));
      if (look?.[0]) return look[0].value;
      const joined = this.#flights.get(idOf(store, key));
      const flight = joined ?? this.#start(store, request, { isAlone: look === undefined });
      const { value, isShareable } = await this.#land(flight, signal);
      if (isShareable || joined === undefined) return copyOf(value);
    }
    return request.load();
  }

  #land({ landing }: Flight, signal: AbortSignal | undefined): Promise<Landing> {
    const { closing } = this.#options;
    return untilAborted(landing, signal ? AbortSignal.any([signal, closing]) : closing);
  }

  #start(store: CacheStore, request: FillRequest, { isAlone }: Pick<Course, "isAlone">): Flight {
    const { namespace } = store;
    const { key, options } = request;
    const id = idOf(store, key);
    const course = { isAlone, isForgotten: false };
    const landing = this.#fly(store, request, course).finally(() => {
      if (this.#flights.get(id) === flight) this.#flights.delete(id);
    });
    const flight = { namespace, key, tags: options.tags ?? [], course, landing };
    this.#flights.set(id, flight);
    return flight;
  }

  async #fly(store: CacheStore, request: FillRequest, course: Course): Promise<Landing> {
    if (course.isAlone) return { value: await request.load(), isShareable: true };
    if (store.capabilities.claims === undefined) return this.#loadUnclaimed(store, request, course);
    const turn = await this.#unlessUnavailable(store, () => this.#takeTurn(store, request));
    if (turn === undefined) return { value: await request.load(), isShareable: true };
    if (turn.kind === "hit") return { value: turn.value, isShareable: false };
    if (turn.kind === "late") return { value: await request.load(), isShareable: false };
    return this.#loadClaimed(store, request, turn.token);
  }

  /** Waits until another process has filled the key, or until this one may. */
  async #takeTurn(store: CacheStore, { key, options }: FillRequest): Promise<Turn> {
    const { clock, closing, pollMs } = this.#options;
    const untilMs = clock.monotonic() + (options.waitMs ?? waitMsDefault);
    const holdMsMax = store.capabilities.claims?.holdMsMax ?? holdMsDefault;
    const holdMs = options.holdMs ?? Math.min(holdMsDefault, holdMsMax);
    for (;;) {
      const claim = await store.claim(key, { holdMs, tags: options.tags });
      // Looked at after the claim: who held it before may have filled the key in between.
      const hit = await store.get(key);
      if (hit && claim.isWon) await store.release({ key, token: claim.token });
      if (hit) return { kind: "hit", value: hit.value };
      if (claim.isWon) return { kind: "won", token: claim.token };
      if (clock.monotonic() >= untilMs) return { kind: "late" };
      await clock.sleep(Math.min(claim.retryInMs, pollMs), { signal: closing });
    }
  }

  async #loadClaimed(store: CacheStore, request: FillRequest, token: string): Promise<Landing> {
    const { key, load, options } = request;
    let value: Uint8Array | null;
    try {
      value = await load();
    } catch (error) {
      await this.#unlessUnavailable(store, () => store.release({ key, token }));
      throw error;
    }
    if (this.#isTooLong(store, value)) {
      await this.#unlessUnavailable(store, () => store.release({ key, token }));
      return { value, isShareable: false };
    }
    const isKept = await this.#unlessUnavailable(store, () =>
      store.fill({ key, token }, value, lifeOf(options)),
    );
    if (isKept === false) this.#options.keeper.add("unkept", store.namespace);
    return { value, isShareable: isKept ?? true };
  }

  /** Without claims a write of another process can be overtaken; it lasts as long as the entry. */
  async #loadUnclaimed(store: CacheStore, request: FillRequest, course: Course): Promise<Landing> {
    const { key, load, options } = request;
    const value = await load();
    if (course.isForgotten) return { value, isShareable: false };
    if (value !== null && !this.#isTooLong(store, value)) {
      const write = { ...lifeOf(options), tags: options.tags };
      await this.#unlessUnavailable(store, () => store.set(key, value, write));
    }
    return { value, isShareable: true };
  }

  #isTooLong(store: CacheStore, value: Uint8Array | null): boolean {
    if (value === null || value.byteLength <= store.limits.valueBytesMax) return false;
    this.#options.keeper.add("unkept", store.namespace);
    return true;
  }

  /** Undefined, and counted, when the cache cannot be reached: callers go on without it. */
  async #unlessUnavailable<T>(store: CacheStore, work: () => Promise<T>): Promise<T | undefined> {
    try {
      return await work();
    } catch (error) {
      if (!isUnavailable(error)) throw error;
      this.#options.keeper.add("failedOpen", store.namespace);
      return undefined;
    }
  }
}

type Turn =
  | { readonly kind: "hit"; readonly value: Uint8Array | null }
  | { readonly kind: "won"; readonly token: string }
  | { readonly kind: "late" };

/** Away, too slow or full: none of it is the caller's business. */
function isUnavailable(error: unknown): boolean {
  if (!isFault(error) || error.code === "resource.closed") return false;
  return ["unavailable", "timeout", "exhausted"].includes(error.fault.kind);
}

function idOf({ namespace }: CacheStore, key: string): string {
  return `${namespace}\n${key}`;
}

function lifeOf({ ttlMs, staleMs }: CacheLife): CacheLife {
  return { ttlMs, staleMs };
}

/** Callers may write to what they get; the others must not see it. */
function copyOf(value: Uint8Array | null): Uint8Array | null {
  return value && Uint8Array.from(value);
}
