import type { KeyedCall } from "../call.ts";

/**
 * What a machine may reach on the network. An environment that does not declare it gives its
 * machines no network but the ports that they expose.
 */
export interface EgressParams {
  /** What a rule may name. */
  readonly matches: readonly EgressMatch[];
  /** Most rules of a policy. */
  readonly rulesMax: number;
}

export type EgressMatch = "cidr" | "domain" | "port";

export interface EgressDriver {
  /**
   * Replaces the policy of a running machine, all of it at once. When it answers, no new connection
   * is judged by the old policy, and connections that the new one denies are cut.
   */
  set(policy: EgressPolicy, call: KeyedCall): Promise<void>;
}

/**
 * Rules are tried in their order, and the first that matches decides. Whatever they say: addresses
 * that are not public (the node, other machines, private and link-local networks, metadata services)
 * are reached only where a rule with a `cidr` allows them.
 */
export interface EgressPolicy {
  readonly rules: readonly EgressRule[];
  /** What becomes of connections that no rule matches. */
  readonly otherwise: "allow" | "deny";
}

/** Matches what fits all of its members; without any, everything. */
export interface EgressRule {
  readonly action: "allow" | "deny";
  /** IPv4 or IPv6, for example `203.0.113.0/24`; a single address has `/32` or `/128`. */
  readonly cidr?: string | undefined;
  /** A host name, or `*.` and a host name for all names below it. Not together with `cidr`. */
  readonly domain?: string | undefined;
  readonly ports?: PortRange | undefined;
}

export interface PortRange {
  readonly from: number;
  /** Inclusive. */
  readonly to: number;
}

/** What holds where nobody says anything: no network. */
export const denyAll: EgressPolicy = { rules: [], otherwise: "deny" };
