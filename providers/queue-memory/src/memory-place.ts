import { EventEmitter } from "node:events";
import type { Clock, Random } from "@bedplate/clock";
import type { QueueLimits } from "@bedplate/queue";
import { MemoryLane } from "./memory-lane.ts";

/** What a place needs. */
export interface MemoryPlaceOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly limits: QueueLimits;
  readonly agingMs: number;
}

/** Where jobs are: drivers that are made on one place share them. */
export class MemoryPlace {
  readonly options: MemoryPlaceOptions;
  readonly readiness: EventEmitter = new EventEmitter().setMaxListeners(0);
  readonly #lanes = new Map<string, MemoryLane>();
  readonly #announced = new Set<string>();
  #comparisons = 0;

  constructor(options: MemoryPlaceOptions) {
    this.options = options;
  }

  /** How often two ready jobs were compared: what the order costs. */
  get comparisons(): number {
    return this.#comparisons;
  }

  lane(queue: string): MemoryLane {
    const found = this.#lanes.get(queue) ?? new MemoryLane(this.#context(queue));
    this.#lanes.set(queue, found);
    return found;
  }

  #context(queue: string): ConstructorParameters<typeof MemoryLane>[0] {
    const { random, limits, agingMs } = this.options;
    return {
      queue,
      limits,
      agingMs,
      onCompare: () => this.#comparisons++,
      newToken: () => Buffer.from(random.bytes(16)).toString("base64url"),
      onReady: () => this.#announce(queue),
    };
  }

  /** Calls back once, after the step: a listener that leases must not find it half done. */
  #announce(queue: string): void {
    if (this.#announced.has(queue)) return;
    this.#announced.add(queue);
    queueMicrotask(() => {
      this.#announced.delete(queue);
      this.readiness.emit(`in:${queue}`);
    });
  }
}
