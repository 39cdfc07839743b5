import { type Fault, raise } from "@bedplate/errors";
import type { Deprecation, Feature, Offer } from "./negotiation.ts";

/** What a side asks of a feature. */
export type FeatureWish = "require" | "prefer" | "refuse";

export type FeatureAgreement =
  | {
      readonly isAgreed: true;
      readonly names: readonly string[];
      readonly warnings: readonly Deprecation[];
    }
  | { readonly isAgreed: false; readonly fault: Fault };

/**
 * Decides each feature that either side names. It is on when both have it, nobody refuses it, and
 * somebody wants it or both have it on by default; alpha needs both sides to ask.
 */
export function agreeFeatures(host: Offer, plugin: Offer): FeatureAgreement {
  const names: string[] = [];
  const warnings: Deprecation[] = [];
  for (const name of namesOf(host, plugin)) {
    const ours = host.has.find((each) => each.name === name);
    const theirs = plugin.has.find((each) => each.name === name);
    const wishes = [host.features[name], plugin.features[name]];
    const isOn = decide(ours, theirs, wishes);
    if (wishes.includes("require") && !isOn) return refuse(name);
    const isBroken = wishes.includes("refuse") && isLockedOn(ours, theirs);
    if (isBroken) return refuse(name);
    if (isOn) names.push(name);
    if (isOn && theirs?.stage === "deprecated") warnings.push(toDeprecation(theirs));
    else if (isOn && ours?.stage === "deprecated") warnings.push(toDeprecation(ours));
  }
  return { isAgreed: true, names, warnings };
}

function namesOf(host: Offer, plugin: Offer): readonly string[] {
  const all = [host, plugin].flatMap((each) => [
    ...Object.keys(each.features),
    ...each.has.map((feature) => feature.name),
  ]);
  return [...new Set(all)].sort();
}

function decide(
  ours: Feature | undefined,
  theirs: Feature | undefined,
  wishes: readonly (FeatureWish | undefined)[],
): boolean {
  if (ours === undefined || theirs === undefined) return false;
  if (wishes.includes("refuse")) return false;
  const asked = wishes.filter((each) => each === "require" || each === "prefer").length;
  if (ours.stage === "alpha" || theirs.stage === "alpha") return asked === 2;
  const isDefault = ours.isOn && theirs.isOn;
  return isDefault || (asked > 0 && !ours.isLocked && !theirs.isLocked);
}

function isLockedOn(ours: Feature | undefined, theirs: Feature | undefined): boolean {
  return [ours, theirs].some((each) => each?.isLocked === true && each.isOn);
}

function refuse(name: string): FeatureAgreement {
  const { fault } = raise("contract.incompatible", {
    op: "environment.negotiate",
    detail: {
      contract: `feature/${name}`,
      here: name,
      there: "absent or refused",
      upgrade: "plugin",
    },
    message: `Cannot agree on the feature ${name}: one side needs what the other has not or refuses`,
  });
  return { isAgreed: false, fault };
}

function toDeprecation(feature: Feature): Deprecation {
  return {
    item: feature.name,
    since: feature.since,
    removeIn: feature.removeBy ?? "the next major",
    use: feature.use ?? "nothing",
  };
}
