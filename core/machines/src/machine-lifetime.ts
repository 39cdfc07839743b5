import type { Lifetime } from "./machine.ts";
import type { MachineRef } from "./machine-tables.ts";

/** A change of how long a machine lives, and what then. */
export interface LifetimeChange extends MachineRef {
  /** From now on; null: for ever. Left out: as it is. */
  readonly ttlMs?: number | null | undefined;
  /** A sooner end than it has is left out. */
  readonly isOnlyLater?: boolean | undefined;
  readonly onExpiry?: Lifetime["onExpiry"] | undefined;
  readonly resumesOnTraffic?: boolean | undefined;
}

/** The lifetime with a change. */
export function lifetimeWith(before: Lifetime, change: LifetimeChange, now: number): Lifetime {
  const { ttlMs, isOnlyLater = false } = change;
  const { onExpiry = before.onExpiry, resumesOnTraffic = before.resumesOnTraffic } = change;
  const rest = { onExpiry, resumesOnTraffic };
  if (ttlMs === null) return rest;
  if (ttlMs === undefined) return { ...before, ...rest };
  const expiresAt = now + ttlMs;
  const isSooner = before.expiresAt === undefined || before.expiresAt > expiresAt;
  if (isOnlyLater && isSooner) return { ...before, ...rest };
  return { ...rest, ttlMs, expiresAt };
}
