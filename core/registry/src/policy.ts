import { type Digest, digestBytes } from "@bedplate/codec";
import {
  type Budget,
  budgetSchema,
  type Manifest,
  type Meter,
  meters,
  type Profile,
  tightenBudget,
} from "@bedplate/environment";
import { raise } from "@bedplate/errors";
import { defineSchema, type Schema, Type } from "@bedplate/schema";

/** What a slot demands of releases and allows to callers; evaluated before any environment is called. */
export interface Policy {
  /** Bound on each call; what asks for more is clamped, or refused where `onExcess` says so. */
  readonly ceiling: Budget;
  /** What a call gets that asks for nothing. */
  readonly standard: Budget;
  readonly onExcess: "clamp" | "refuse";
  /** The weakest isolation a release of this slot may have. */
  readonly isolation: Profile["isolation"];
  readonly determinism: Profile["determinism"]["grade"];
  /** Projects that may use the slot; empty means all. */
  readonly projects: readonly string[];
}

/** What policy says of one request. */
export interface Grant {
  readonly budget: Budget;
  /** Digest of the rule that decided; kept with the run. */
  readonly rule: Digest;
}

/** The policy of a slot that has none of its own. */
export const defaultPolicy: Policy = {
  ceiling: {
    fuel: 1_000_000_000_000,
    wallMs: 300_000,
    memoryBytes: 2 ** 31,
    outputBytes: 64 * 2 ** 20,
    depth: 100_000,
  },
  standard: {
    fuel: 20_000_000_000,
    wallMs: 30_000,
    memoryBytes: 256 * 2 ** 20,
    outputBytes: 8 * 2 ** 20,
  },
  onExcess: "clamp",
  isolation: "none",
  determinism: "none",
  projects: [],
};

const isolations = ["none", "language", "process", "kernel", "hypervisor"] as const;
const grades = ["none", "replayable", "bit-exact"] as const;

const budgetType = () => Type.Unsafe<Budget>(budgetSchema.jsonSchema as object);

export const policySchema: Schema<Policy> = defineSchema(
  Type.Object(
    {
      ceiling: budgetType(),
      standard: budgetType(),
      onExcess: Type.Union([Type.Literal("clamp"), Type.Literal("refuse")]),
      isolation: Type.Unsafe<Profile["isolation"]>(Type.Enum(isolations)),
      determinism: Type.Unsafe<Profile["determinism"]["grade"]>(Type.Enum(grades)),
      projects: Type.Array(Type.String(), { maxItems: 1000 }),
    },
    { additionalProperties: false },
  ),
);

/** Decides one request: the budget that holds, or a fault. */
export function decide(
  policy: Policy,
  request: {
    readonly slot: string;
    readonly project: string;
    readonly asked: Budget;
    /** The meters that the release enforces; others are dropped from the standard budget. */
    readonly meters: readonly Meter[];
  },
): Grant {
  const { slot, project, asked } = request;
  if (policy.projects.length > 0 && !policy.projects.includes(project)) {
    throw raise("permission.denied", {
      op: "policy.decide",
      subject: `slot/${slot}`,
      detail: { permission: `slot:${slot}` },
      message: `Cannot use slot/${slot}: its policy does not list the project ${project}`,
    });
  }
  if (policy.onExcess === "refuse") refuseExcess(asked, policy.ceiling);
  const wanted = withStandard(asked, policy.standard, request.meters);
  const ceiling = only(policy.ceiling, request.meters);
  return { budget: tightenBudget(wanted, ceiling), rule: policyDigest(policy) };
}

/** Refuses a release that is weaker than the slot demands. */
export function demandProfile(policy: Policy, manifest: Manifest, slot: string): void {
  const { profile, plugin } = manifest;
  demandRank(isolations, {
    facet: "isolation",
    has: profile.isolation,
    needs: policy.isolation,
    what: `slot/${slot} to ${plugin.name}@${plugin.version}`,
  });
  demandRank(grades, {
    facet: "determinism",
    has: profile.determinism.grade,
    needs: policy.determinism,
    what: `slot/${slot} to ${plugin.name}@${plugin.version}`,
  });
}

function demandRank(
  ranks: readonly string[],
  demand: {
    readonly facet: string;
    readonly has: string;
    readonly needs: string;
    readonly what: string;
  },
): void {
  const { facet, has, needs, what } = demand;
  if (ranks.indexOf(has) >= ranks.indexOf(needs)) return;
  throw raise("capability.unproven", {
    op: "registry.bind",
    detail: { facet, needs, has },
    message: `Cannot bind ${what}: the policy needs ${facet} ${needs}, and it has ${has}`,
  });
}

function refuseExcess(asked: Budget, ceiling: Budget): void {
  for (const meter of meters) {
    const [want, limit] = [asked[meter], ceiling[meter]];
    if (want === undefined || limit === undefined || want <= limit) continue;
    throw raise("quota.exceeded", {
      op: "policy.decide",
      retry: "never",
      detail: { meter, limit, asked: want },
      message: `Cannot grant /budget/${meter}: the policy's ceiling is ${limit}`,
    });
  }
}

function withStandard(asked: Budget, standard: Budget, enforced: readonly Meter[]): Budget {
  return { ...only(standard, enforced), ...asked };
}

function only(budget: Budget, enforced: readonly Meter[]): Budget {
  const kept = Object.entries(budget).filter(
    ([meter, bound]) =>
      bound !== undefined && (meter === "wallMs" || enforced.includes(meter as Meter)),
  );
  return Object.fromEntries(kept);
}

function policyDigest(policy: Policy): Digest {
  let digest = policyDigests.get(policy);
  if (digest === undefined) {
    digest = digestBytes(Buffer.from(JSON.stringify(policySchema.parse(policy))));
    policyDigests.set(policy, digest);
  }
  return digest;
}

/** Every run needs the digest of a policy that hardly ever changes. */
const policyDigests = new WeakMap<Policy, Digest>();
