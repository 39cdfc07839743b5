import type { Backend } from "@bedplate/ingress";
import type { WatchedEndpoint } from "./endpoint-health.ts";
import type { LiveBackend } from "./live-backend.ts";

/** Where a request goes. */
export interface Target {
  readonly backend: LiveBackend;
  readonly endpoint: WatchedEndpoint;
  /** Names the target to clients that shall stay on it, and says nothing else. */
  readonly pin: string;
}

/** A backend as its route spreads requests over it. */
export interface Share {
  readonly spec: Backend;
  readonly backend: LiveBackend;
  readonly targets: readonly Target[];
  /** What it is owed: it grows by the weight at each choice, and falls by the sum when it is chosen. */
  credit: number;
  /** The endpoint that is next. */
  turn: number;
}

/**
 * Spreads requests by weight, smoothly: any run of requests as long as the sum of the weights has
 * exactly the shares. An endpoint that is not known to be up gets requests only where none is.
 */
export class Balancer {
  readonly shares: readonly Share[];

  constructor(shares: readonly Share[]) {
    this.shares = shares;
  }

  /** Null when nothing may get the request. */
  pick(tried: ReadonlySet<Target>): Target | null {
    return this.#pickIn("up", tried) ?? this.#pickIn("new", tried);
  }

  /** The target with this pin, while it may get requests. */
  pinned(pin: string): Target | null {
    const found = this.#usable("up").find((target) => target.pin === pin);
    return found ?? this.#usable("new").find((target) => target.pin === pin) ?? null;
  }

  /** The same target for the same key, as long as the target may get requests. */
  hashed(key: string): Target | null {
    const usable = this.#usable("up");
    const targets = usable.length > 0 ? usable : this.#usable("new");
    let [best, bestRank]: [Target | null, number] = [null, -1];
    for (const target of targets) {
      const rank = hashOf(`${key}/${target.pin}`);
      if (rank > bestRank) [best, bestRank] = [target, rank];
    }
    return best;
  }

  #pickIn(state: WatchedEndpoint["state"], tried: ReadonlySet<Target>): Target | null {
    let best: Share | null = null;
    let sum = 0;
    for (const share of this.shares) {
      const { weight } = share.spec;
      if (weight === 0 || share.backend.isDraining || !hasOne(share, state, tried)) continue;
      share.credit += weight;
      sum += weight;
      if (best === null || share.credit > best.credit) best = share;
    }
    if (best === null) return null;
    best.credit -= sum;
    return nextOf(best, state, tried);
  }

  #usable(state: WatchedEndpoint["state"]): readonly Target[] {
    return this.shares
      .filter(({ spec, backend }) => spec.weight > 0 && !backend.isDraining)
      .flatMap(({ targets }) => targets.filter(({ endpoint }) => endpoint.state === state));
  }
}

function hasOne(share: Share, state: WatchedEndpoint["state"], tried: ReadonlySet<Target>) {
  for (const target of share.targets) {
    if (target.endpoint.state === state && !tried.has(target)) return true;
  }
  return false;
}

function nextOf(
  share: Share,
  state: WatchedEndpoint["state"],
  tried: ReadonlySet<Target>,
): Target | null {
  const { targets } = share;
  for (let i = 0; i < targets.length; i++) {
    const target = targets[share.turn++ % targets.length];
    if (target?.endpoint.state === state && !tried.has(target)) return target;
  }
  return null;
}

/** FNV-1a, 32 bits: spreads keys, promises nothing else. */
function hashOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) {
    hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  }
  return hash >>> 0;
}
