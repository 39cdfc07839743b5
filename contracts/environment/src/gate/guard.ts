import type { Budget } from "../budget.ts";
import type { Caps } from "../caps.ts";

/** One operation that is about to reach an environment. */
export interface GuardAsk {
  /** For example `environment.create` or `instance.invoke`. */
  readonly op: string;
  readonly principal: string;
  readonly environment: string;
  /** The budget that the caller asks for; operations without one leave it out. */
  readonly budget?: Budget | undefined;
}

/** What the host allows. */
export interface GuardGrant {
  /** The budget, or the caps, are tightened to this. Default: no bound. */
  readonly ceiling?: Caps | undefined;
}

/**
 * The host's say before every operation: policy, permissions, the kill switch. It is on the path of
 * every call, so it decides from what it knows already; it throws a fault to refuse.
 */
export interface Guard {
  decide(ask: GuardAsk): GuardGrant;
}

/** A host without policy. */
export const openGuard: Guard = { decide: () => ({}) };
