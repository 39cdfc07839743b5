import { raise } from "@bedplate/errors";
import { type Caps, capNames, tightenCaps } from "../caps.ts";
import type { Declares } from "../facets/facet-spec.ts";
import type { Constraint, SnapshotManifest } from "../facets/snapshot.ts";
import type { InstanceSpec } from "../instance-driver.ts";
import { checkVolumes } from "./check-volumes.ts";
import { invalidMember } from "./facet-gate.ts";
import { checkPolicy } from "./gated-egress.ts";
import { checkEnv, isAmount } from "./machine-bounds.ts";

const op = "environment.create";

/** Refuses the members of a spec that need a facet which is not declared, or that make no sense. */
export function checkSpec(spec: InstanceSpec, declares: Declares): void {
  const { env, egress, from, volumes } = spec;
  if (env !== undefined) {
    if (declares.exec === undefined) throw undeclared("exec");
    checkEnv(op, env);
  }
  if (egress !== undefined) {
    if (declares.egress === undefined) throw undeclared("egress");
    checkPolicy(op, egress, declares.egress);
  }
  if (volumes !== undefined) {
    if (declares.exec?.volumes !== true) throw undeclared("exec.volumes");
    checkVolumes(op, volumes);
  }
  checkCaps(spec, declares);
  if (from !== undefined) checkSnapshot(from, declares);
}

/** A machine gets no more than policy allows; runs are bounded one by one. */
export function boundCaps(spec: InstanceSpec, { exec }: Declares, policy: Caps): InstanceSpec {
  if (exec === undefined) return spec;
  return { ...spec, caps: { ...spec.caps, ...tightenCaps(spec.caps, policy, exec.caps) } };
}

/** Refuses a snapshot of which this place lacks something. */
export function demandMet(unmet: readonly Constraint[]): void {
  if (unmet.length > 0) throw incompatible(unmet.map(({ what, needs }) => `${what}: ${needs}`));
}

export function incompatible(unmet: readonly string[]): Error {
  return raise("snapshot.incompatible", {
    op,
    detail: { unmet },
    message: `Cannot restore the snapshot here: ${unmet.length} of its needs are not met`,
  });
}

export function undeclared(facet: string, where: string = op): Error {
  return raise("capability.undeclared", {
    op: where,
    detail: { facet },
    message: `Cannot do ${where}: the environment does not declare ${facet}`,
  });
}

/** The bounds of a machine are those that its environment enforces; a run's budget is judged elsewhere. */
function checkCaps({ caps }: InstanceSpec, { exec, invoke }: Declares): void {
  for (const name of capNames) {
    const bound = caps[name];
    if (bound === undefined) continue;
    const path = `/caps/${name}`;
    if (!isAmount(bound)) throw invalidMember(op, { path, rule: "is no amount" });
    const isOfRuns = invoke !== undefined && name === "memoryBytes";
    if (isOfRuns || exec?.caps.includes(name) === true) continue;
    const rule = "is a bound that this environment does not enforce";
    throw invalidMember(op, { path, rule });
  }
}

function checkSnapshot({ scope, format }: SnapshotManifest, { snapshot }: Declares): void {
  if (snapshot === undefined) throw undeclared("snapshot");
  if (scope === "layer") throw incompatible(["format: a layer is no machine"]);
  if (!snapshot.formats.includes(format.name)) throw incompatible([`format: ${format.name}`]);
  if (!snapshot.scopes.includes(scope)) throw incompatible([`format: scope ${scope}`]);
}
