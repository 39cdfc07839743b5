import type { BackendHealth, BackendSample } from "@bedplate/ingress";
import type { WatchedEndpoint } from "./endpoint-health.ts";

/** An open request, or a stream that grew out of one. */
export interface OpenStream {
  cut(): void;
}

/** Latencies that are remembered per backend. */
const latenciesMax = 1_024;

/** What a backend of a route is doing; it outlives the generations of its route. */
export class LiveBackend {
  readonly id: string;
  readonly #latencies = new Float64Array(latenciesMax);
  readonly #open = new Set<OpenStream>();
  #requests = 0;
  #faults = 0;
  #measured = 0;
  #whenIdle: (() => void) | undefined;
  isDraining = false;

  constructor(id: string) {
    this.id = id;
  }

  health(endpoints: readonly WatchedEndpoint[]): BackendHealth {
    if (this.isDraining) return "draining";
    return endpoints.some(({ state }) => state !== "down") ? "healthy" : "unhealthy";
  }

  opened(stream: OpenStream): void {
    this.#open.add(stream);
  }

  closed(stream: OpenStream): void {
    this.#open.delete(stream);
    if (this.#open.size === 0) this.#whenIdle?.();
  }

  /** Counts a request, once, when its answer began or it failed. */
  answered(status: number | null, latencyMs: number): void {
    this.#requests++;
    if (status === null || status >= 500) this.#faults++;
    this.#latencies[this.#measured++ % latenciesMax] = latencyMs;
  }

  sample(): BackendSample {
    const taken = Math.min(this.#measured, latenciesMax);
    const sorted = this.#latencies.slice(0, taken).sort();
    const at = (share: number) => sorted[Math.min(taken - 1, Math.floor(taken * share))] ?? 0;
    const latencyMs = { p50: at(0.5), p95: at(0.95), p99: at(0.99) };
    return { backend: this.id, requests: this.#requests, faults: this.#faults, latencyMs };
  }

  /** Waits until nothing is open; what is left at the deadline is cut. Answers both counts. */
  async drain(deadlineMs: number): Promise<{ readonly closed: number; readonly cut: number }> {
    this.isDraining = true;
    const before = this.#open.size;
    if (before > 0) await this.#idleWithin(deadlineMs);
    const left = [...this.#open];
    for (const stream of left) stream.cut();
    return { closed: before - left.length, cut: left.length };
  }

  async #idleWithin(deadlineMs: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, deadlineMs);
    const before = this.#whenIdle;
    this.#whenIdle = () => {
      before?.();
      resolve();
    };
    await promise;
    clearTimeout(timer);
  }
}
