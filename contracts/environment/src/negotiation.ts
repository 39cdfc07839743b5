import type { Digest } from "@bedplate/codec";
import { type Fault, raise } from "@bedplate/errors";
import { agreeFeatures, type FeatureWish } from "./features.ts";

/** The versions of one contract that a side speaks, newest or oldest first. */
export interface ContractRange {
  /** `environment`, or `facet/<name>`. */
  readonly name: string;
  readonly versions: readonly ContractVersion[];
}

export interface ContractVersion {
  readonly major: number;
  readonly minor: number;
  /** Digest of the contract's text at that version; equal numbers with another digest are refused. */
  readonly surface: Digest;
}

/** A named behaviour that both sides can turn on. */
export interface Feature {
  readonly name: string;
  readonly stage: FeatureStage;
  readonly isOn: boolean;
  /** A locked feature cannot be turned. */
  readonly isLocked: boolean;
  /** Contract version that introduced it. */
  readonly since: string;
  readonly removeBy?: string | undefined;
  /** What to use instead; for deprecated ones. */
  readonly use?: string | undefined;
}

export type FeatureStage = "alpha" | "beta" | "stable" | "deprecated";

/** What one side brings to the table. */
export interface Offer {
  /** Frozen for ever: the one thing both sides parse before they agree. */
  readonly hello: 1;
  readonly side: "host" | "plugin";
  /** The running process, not the one that launched it. */
  readonly process: { readonly build: Digest; readonly startedAt: number; readonly nonce: string };
  readonly speaks: readonly ContractRange[];
  readonly features: Readonly<Record<string, FeatureWish>>;
  /** The features that this side has. */
  readonly has: readonly Feature[];
}

export interface Deprecation {
  readonly item: string;
  readonly since: string;
  readonly removeIn: string;
  readonly use: string;
}

export type Agreement =
  | {
      readonly isAgreed: true;
      readonly chosen: Readonly<Record<string, { readonly major: number; readonly minor: number }>>;
      readonly features: readonly string[];
      readonly warnings: readonly Deprecation[];
    }
  | { readonly isAgreed: false; readonly fault: Fault };

/** What an offer is made of, besides the process that makes it. */
export interface OfferOptions {
  readonly build: Digest;
  readonly speaks: readonly ContractRange[];
  readonly features: readonly Feature[];
}

/** The offer of a side of this process that asks for no feature in particular. */
export function offerOf(side: "host" | "plugin", options: OfferOptions): Offer {
  const { build, speaks, features } = options;
  const process = { build, startedAt: 0, nonce: "in-this-process" };
  return { hello: 1, side, process, speaks, features: {}, has: features };
}

/**
 * Chooses versions and features. Both sides compute the same answer from the same two offers: per
 * contract the highest common major, then the lower of the two minors.
 */
export function negotiate(host: Offer, plugin: Offer): Agreement {
  const chosen: Record<string, { readonly major: number; readonly minor: number }> = {};
  for (const theirs of plugin.speaks) {
    const ours = host.speaks.find((each) => each.name === theirs.name);
    const found = ours && chooseVersion(ours, theirs);
    if (found === undefined) return { isAgreed: false, fault: incompatible(host, plugin, theirs) };
    chosen[theirs.name] = found;
  }
  if (chosen["environment"] === undefined) {
    const nothing = { name: "environment", versions: [] };
    return { isAgreed: false, fault: incompatible(host, plugin, nothing) };
  }
  const features = agreeFeatures(host, plugin);
  if (!features.isAgreed) return features;
  return { isAgreed: true, chosen, features: features.names, warnings: features.warnings };
}

/** The version both sides speak, or undefined when they share none or mean different things by it. */
function chooseVersion(
  ours: ContractRange,
  theirs: ContractRange,
): { readonly major: number; readonly minor: number } | undefined {
  const shared = ours.versions.filter((a) => theirs.versions.some((b) => a.major === b.major));
  const major = Math.max(...shared.map((each) => each.major));
  if (shared.length === 0) return undefined;
  const here = newest(ours, major);
  const there = newest(theirs, major);
  if (here.minor === there.minor && here.surface !== there.surface) return undefined;
  return { major, minor: Math.min(here.minor, there.minor) };
}

function newest(range: ContractRange, major: number): ContractVersion {
  const [first, ...rest] = range.versions.filter((each) => each.major === major);
  if (first === undefined) throw new Error(`no version ${major} of ${range.name}`);
  return rest.reduce((a, b) => (b.minor > a.minor ? b : a), first);
}

function incompatible(host: Offer, plugin: Offer, theirs: ContractRange): Fault {
  const ours = host.speaks.find((each) => each.name === theirs.name);
  const here = describe(ours);
  const there = describe(theirs);
  const upgrade = top(ours) < top(theirs) ? "host" : "plugin";
  const builds = `host build ${host.process.build}, plug-in build ${plugin.process.build}`;
  return raise("contract.incompatible", {
    op: "environment.negotiate",
    detail: { contract: theirs.name, here, there, upgrade },
    message: `Cannot agree on ${theirs.name}: the host speaks ${here}, the plug-in ${there}; upgrade the ${upgrade} (${builds})`,
  }).fault;
}

function describe(range: ContractRange | undefined): string {
  const texts = range?.versions.map((v) => `${v.major}.${v.minor}@${v.surface.slice(7, 15)}`) ?? [];
  return texts.length === 0 ? "nothing" : texts.join(", ");
}

function top(range: ContractRange | undefined): number {
  return Math.max(-1, ...(range?.versions.map((v) => v.major * 1e6 + v.minor) ?? []));
}
