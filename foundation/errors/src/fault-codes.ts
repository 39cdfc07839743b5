import type { Blame, Effect, FaultKind, Retry } from "./fault.ts";

/** Each registered code and the shape of its `detail`. Codes are never reused; new ones add `since`. */
export interface FaultDetail {
  readonly "argument.invalid": {
    /** JSON pointer to the member, for example `/budget/memoryBytes`. */
    readonly path: string;
    readonly rule: string;
    readonly limit?: number | string | undefined;
  };
  readonly "argument.critical": { readonly unknown: readonly string[] };
  readonly "capability.undeclared": { readonly facet: string };
  readonly "capability.unproven": {
    readonly facet: string;
    readonly needs: string;
    readonly has: string;
  };
  readonly "contract.incompatible": {
    readonly contract: string;
    readonly here: string;
    readonly there: string;
    readonly upgrade: "host" | "plugin";
  };
  readonly "version.mismatch": { readonly expected: string; readonly actual: string };
  readonly "idempotency.mismatch": {
    readonly key: string;
    readonly first: string;
    readonly now: string;
  };
  readonly "fence.stale": { readonly seen: string; readonly got: string };
  readonly "lease.lost": { readonly job: string };
  readonly "digest.mismatch": { readonly expected: string; readonly actual: string };
  readonly "signature.invalid": { readonly keyId: string };
  readonly "dependency.missing": { readonly name: string; readonly range: string };
  readonly "dependency.cycle": { readonly path: readonly string[] };
  readonly "snapshot.incompatible": { readonly unmet: readonly string[] };
  readonly "quota.exceeded": {
    readonly meter: string;
    readonly limit: number;
    readonly asked: number;
  };
  readonly "phase.illegal": { readonly op: string; readonly phase: string };
  readonly "state.conflict": { readonly key: string };
  readonly "resource.missing": { readonly type: string; readonly id: string };
  readonly "resource.exists": { readonly type: string; readonly id: string };
  readonly "resource.busy": { readonly type: string; readonly id: string; readonly by: string };
  readonly "resource.closed": { readonly type: string };
  readonly "permission.denied": { readonly permission: string };
  readonly "key.invalid": { readonly reason: string };
  readonly "deadline.exceeded": { readonly afterMs: number };
  readonly "call.cancelled": Readonly<Record<string, never>>;
  readonly "plugin.crashed": { readonly reason: string };
  readonly "environment.unhealthy": { readonly reason: string };
  readonly "provider.unavailable": { readonly provider: string };
  /** Contact broke after a write was sent: it happened, or it did not. */
  readonly "provider.indeterminate": { readonly provider: string };
  /** The engine refuses our credentials, or what they may do. */
  readonly "provider.denied": { readonly provider: string };
  /** `oldest` is the revision that a watch can still start after. */
  readonly "watch.compacted": { readonly oldest: number };
  readonly "range.unsatisfiable": { readonly sizeBytes: number };
  readonly "route.conflict": { readonly route: string };
  readonly "data.corrupt": { readonly what: string };
  readonly "internal.bug": { readonly where: string };
}

/** A code of the registry. Plug-ins extend it only under `x.<plugin>.`. */
export type FaultCode = keyof FaultDetail;

/** What a code means when the place that raises it does not say otherwise. */
export interface FaultRule {
  readonly kind: FaultKind;
  readonly effect: Effect;
  readonly retry: Retry;
  readonly blame: Blame;
  readonly since: string;
}

function rule(kind: FaultKind, retry: Retry, blame: Blame, effect: Effect = "none"): FaultRule {
  return { kind, effect, retry, blame, since: "1.0" };
}

/** The closed registry: one row per code. */
export const faultCodes: { readonly [C in FaultCode]: FaultRule } = {
  "argument.invalid": rule("invalid", "never", "caller"),
  "argument.critical": rule("invalid", "never", "caller"),
  "capability.undeclared": rule("unsupported", "elsewhere", "caller"),
  "capability.unproven": rule("unsupported", "elsewhere", "operator"),
  "contract.incompatible": rule("incompatible", "never", "plugin"),
  "version.mismatch": rule("precondition", "refresh", "caller"),
  "idempotency.mismatch": rule("conflict", "never", "caller"),
  "fence.stale": rule("precondition", "never", "host"),
  "lease.lost": rule("precondition", "never", "host"),
  "digest.mismatch": rule("invalid", "never", "caller"),
  "signature.invalid": rule("denied", "never", "operator"),
  "dependency.missing": rule("precondition", "never", "operator"),
  "dependency.cycle": rule("invalid", "never", "operator"),
  "snapshot.incompatible": rule("incompatible", "elsewhere", "caller"),
  "quota.exceeded": rule("exhausted", "backoff", "caller"),
  "phase.illegal": rule("precondition", "refresh", "caller"),
  "state.conflict": rule("conflict", "backoff", "caller"),
  "resource.missing": rule("not_found", "never", "caller"),
  "resource.exists": rule("exists", "never", "caller"),
  "resource.busy": rule("conflict", "backoff", "caller"),
  "resource.closed": rule("unavailable", "elsewhere", "host"),
  "permission.denied": rule("denied", "never", "caller"),
  "key.invalid": rule("unauthenticated", "never", "caller"),
  "deadline.exceeded": rule("timeout", "backoff", "host", "unknown"),
  "call.cancelled": rule("cancelled", "never", "caller", "unknown"),
  "plugin.crashed": rule("unavailable", "elsewhere", "plugin", "unknown"),
  "environment.unhealthy": rule("unavailable", "elsewhere", "plugin"),
  "provider.unavailable": rule("unavailable", "backoff", "provider"),
  "provider.indeterminate": rule("unavailable", "refresh", "provider", "unknown"),
  "provider.denied": rule("unavailable", "never", "operator"),
  "watch.compacted": rule("precondition", "refresh", "caller"),
  "range.unsatisfiable": rule("invalid", "never", "caller"),
  "route.conflict": rule("conflict", "never", "caller"),
  "data.corrupt": rule("corrupt", "never", "provider"),
  "internal.bug": rule("internal", "never", "host", "unknown"),
};
