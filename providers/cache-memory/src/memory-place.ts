import type {
  CacheClaim,
  CacheFinding,
  CacheLimits,
  DriverClaim,
  DriverCount,
  DriverItem,
  DriverSetAnswer,
  Version,
} from "@bedplate/cache";
import { type Clock, systemRandom } from "@bedplate/clock";
import { BoundedRecords } from "./bounded-records.ts";
import { ClaimTable } from "./claim-table.ts";

interface Entry {
  readonly kind: "entry";
  readonly id: string;
  readonly bytes: number;
  /** When nothing of it is shown any more. */
  readonly endMs: number;
  readonly writtenMs: number;
  readonly freshMs: number;
  readonly value: Uint8Array | null;
  readonly version: Version;
  readonly tagIds: readonly string[];
}

interface Counter {
  readonly kind: "counter";
  readonly id: string;
  readonly bytes: number;
  readonly endMs: number;
  readonly value: number;
}

/** How a place is made. */
export interface MemoryPlaceOptions {
  readonly clock: Clock;
  readonly limits: CacheLimits;
  /** Room for keys, values and what is needed to keep them. */
  readonly bytesMax: number;
  readonly idempotencyMs: number;
}

/** What a record weighs beside its texts and its value, about. */
const recordBytes = 256;

/** Everything that the memory drivers of one process share. Every method is one step of one thread. */
export class MemoryPlace {
  readonly options: MemoryPlaceOptions;
  readonly #records: BoundedRecords<Entry | Counter>;
  readonly #claims = new ClaimTable();
  readonly #tagged = new Map<string, Set<Entry>>();
  readonly #life = Buffer.from(systemRandom.bytes(6)).toString("hex");
  #written = 0;

  constructor(options: MemoryPlaceOptions) {
    this.options = options;
    this.#records = new BoundedRecords(options.bytesMax, (record) => this.#unlink(record));
  }

  /** How many records are kept, ended ones that were not cleared away included. */
  get size(): number {
    return this.#records.size;
  }

  get bytes(): number {
    return this.#records.bytes;
  }

  find(id: string): CacheFinding {
    const nowMs = this.#now();
    const entry = this.#entry(id, nowMs);
    if (entry === undefined) return null;
    return {
      value: entry.value && Uint8Array.from(entry.value),
      version: entry.version,
      ageMs: nowMs - entry.writtenMs,
      isStale: entry.freshMs <= nowMs,
    };
  }

  write(id: string, item: DriverItem, tagIds: readonly string[]): DriverSetAnswer {
    const nowMs = this.#now();
    const entry = this.#entry(id, nowMs);
    const actual = entry !== undefined && entry.freshMs > nowMs ? entry.version : null;
    const claim = this.#claims.find(id, nowMs);
    if (!isMet(item.if, { actual, token: claim?.token })) return { kind: "refused", actual };
    const isFill = typeof item.if === "object" && "claim" in item.if;
    this.#claims.end(id);
    const version = `${this.#life}-${(this.#written++).toString(36)}`;
    const freshMs = nowMs + item.ttlMs;
    this.#link({
      kind: "entry",
      id,
      bytes: recordBytes + 2 * id.length + (item.value?.byteLength ?? 0),
      endMs: freshMs + item.staleMs,
      writtenMs: nowMs,
      freshMs,
      value: item.value,
      version,
      tagIds: isFill ? (claim?.tagIds ?? []) : tagIds,
    });
    return { kind: "stored", version };
  }

  /** True when there was something to be read. */
  drop(id: string): boolean {
    const nowMs = this.#now();
    const entry = this.#entry(id, nowMs);
    this.#claims.end(id);
    this.#records.delete(id);
    return entry !== undefined && entry.freshMs > nowMs;
  }

  dropTag(tagId: string): void {
    for (const { id } of this.#tagged.get(tagId) ?? []) this.#records.delete(id);
    this.#claims.endTagged(tagId);
  }

  count(id: string, change: DriverCount): number {
    const nowMs = this.#now();
    const onceId = `${id}\n${change.idempotencyKey}`;
    if (change.idempotencyKey !== undefined) {
      const first = this.#counter(onceId, nowMs);
      if (first !== undefined) return first.value;
    }
    const counter = this.#counter(id, nowMs);
    const sum = (counter?.value ?? 0) + change.by;
    const value = Math.min(change.ceil, Math.max(change.floor, sum));
    this.#keep({ id, value, endMs: counter?.endMs ?? nowMs + change.ttlMs }, nowMs);
    if (change.idempotencyKey !== undefined) {
      this.#keep({ id: onceId, value, endMs: nowMs + this.options.idempotencyMs }, nowMs);
    }
    return value;
  }

  claim(id: string, { holdMs }: DriverClaim, tagIds: readonly string[]): CacheClaim {
    return this.#claims.claim(id, { nowMs: this.#now(), holdMs, tagIds });
  }

  release(id: string, token: string): void {
    if (this.#claims.find(id, this.#now())?.token === token) this.#claims.end(id);
  }

  #now(): number {
    return this.options.clock.monotonic();
  }

  #entry(id: string, nowMs: number): Entry | undefined {
    const record = this.#records.get(id, nowMs);
    return record?.kind === "entry" ? record : undefined;
  }

  #counter(id: string, nowMs: number): Counter | undefined {
    const record = this.#records.get(id, nowMs);
    return record?.kind === "counter" ? record : undefined;
  }

  #keep(counter: Pick<Counter, "id" | "value" | "endMs">, nowMs: number): void {
    const bytes = recordBytes + 2 * counter.id.length;
    this.#records.set({ kind: "counter", bytes, ...counter }, nowMs);
  }

  #link(entry: Entry): void {
    this.#records.set(entry, entry.writtenMs);
    for (const tagId of entry.tagIds) {
      const tagged = this.#tagged.get(tagId) ?? new Set();
      this.#tagged.set(tagId, tagged.add(entry));
    }
  }

  #unlink(record: Entry | Counter): void {
    if (record.kind !== "entry") return;
    for (const tagId of record.tagIds) {
      const tagged = this.#tagged.get(tagId);
      tagged?.delete(record);
      if (tagged?.size === 0) this.#tagged.delete(tagId);
    }
  }
}

interface Found {
  readonly actual: Version | null;
  readonly token: string | undefined;
}

function isMet(condition: DriverItem["if"], { actual, token }: Found): boolean {
  if (condition === undefined) return true;
  if (condition === "absent") return actual === null;
  if ("version" in condition) return actual === condition.version;
  return token === condition.claim;
}
