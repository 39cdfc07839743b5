import type { FeatureWish } from "../features.ts";
import type { Plugin } from "../manifest.ts";
import type { Agreement, ContractVersion, Feature, Offer } from "../negotiation.ts";
import type { CaseRig } from "./case-rig.ts";
import { ensure, ensureEqual, ensureFault, show } from "./expectations.ts";
import { overlay } from "./overlay.ts";

/** Versions as numbers. */
export type Numbers = readonly (readonly [major: number, minor: number])[];

/** Both sides of one feature. */
export interface FeatureRow {
  readonly host: FeatureWish | undefined;
  readonly plugin: FeatureWish | undefined;
  readonly ours?: Feature | null;
  readonly theirs?: Feature | null;
  readonly answer?: boolean | "refused";
}

/** A stable feature that is on by default. */
export const feature: Feature = {
  name: "f",
  stage: "stable",
  isOn: true,
  isLocked: false,
  since: "1.0",
};
const off: Feature = { ...feature, isOn: false };
const alpha: Feature = { ...feature, stage: "alpha" };
const locked: Feature = { ...feature, isLocked: true };

/** What both sides say of a feature, and what follows. */
export const featureRows: readonly FeatureRow[] = [
  { host: undefined, plugin: undefined, answer: true },
  { host: undefined, plugin: undefined, theirs: off, answer: false },
  { host: "prefer", plugin: undefined, theirs: off, answer: true },
  { host: undefined, plugin: "require", ours: off, answer: true },
  { host: "refuse", plugin: undefined, answer: false },
  { host: "refuse", plugin: "prefer", answer: false },
  { host: "refuse", plugin: "require", answer: "refused" },
  { host: "require", plugin: undefined, theirs: null, answer: "refused" },
  { host: "prefer", plugin: undefined, theirs: null, answer: false },
  { host: "prefer", plugin: undefined, ours: alpha, answer: false },
  { host: "prefer", plugin: "prefer", ours: alpha, answer: true },
  { host: "refuse", plugin: undefined, theirs: locked, answer: "refused" },
];

/** Negotiates about one feature. */
export function agreeOnFeature(rig: CaseRig, row: FeatureRow): Agreement {
  const speaks = [{ name: "environment", versions: version([[1, 0]]) }];
  const side = (name: "host" | "plugin", wish: FeatureWish | undefined, has = feature) => ({
    ...offer(rig, name, speaks),
    features: wish === undefined ? {} : { f: wish },
    has: [has],
  });
  const host = side("host", row.host, row.ours ?? feature);
  const plugin = side("plugin", row.plugin, row.theirs ?? feature);
  return rig.protocol.negotiate(
    row.ours === null ? { ...host, has: [] } : host,
    row.theirs === null ? { ...plugin, has: [] } : plugin,
  );
}

/** Negotiates about `environment` alone; both sides have to come to the same answer. */
export function agree(
  rig: CaseRig,
  options: { readonly here: Numbers; readonly there: Numbers },
): Agreement {
  const host = offer(rig, "host", [{ name: "environment", versions: version(options.here) }]);
  const plugin = offer(rig, "plugin", [{ name: "environment", versions: version(options.there) }]);
  const first = rig.protocol.negotiate(host, plugin);
  const overLine = (each: Offer) => rig.protocol.readGreeting(rig.protocol.writeGreeting(each));
  const second = rig.protocol.negotiate(overLine(host), overLine(plugin));
  ensureEqual(show(second), show(first), "the answer of the other side");
  return first;
}

/** The versions of an agreement; the case fails when there is none. */
export function chosen(agreement: Agreement): Readonly<Record<string, unknown>> {
  ensure(agreement.isAgreed, "they did not agree");
  return agreement.chosen;
}

/** An offer of one side that speaks these. */
export function offer(rig: CaseRig, side: "host" | "plugin", speaks: Offer["speaks"]): Offer {
  return { ...greeting(rig), side, speaks, features: {}, has: [] };
}

/** The greeting of the subject's own plug-in. */
export function greeting(rig: CaseRig, more: object = {}): Offer {
  const { build } = rig.manifest.plugin;
  const process = { build, startedAt: 1_700_000_000_000, nonce: "0123456789abcdef" };
  const { speaks, features: has } = rig.manifest;
  return { hello: 1, side: "plugin", process, speaks, features: {}, has, ...more };
}

/** Versions by their numbers, all of one surface. */
export function version(numbers: Numbers, digit = "0"): readonly ContractVersion[] {
  return numbers.map(([major, minor]) => ({ major, minor, surface: surface(digit) }));
}

/** A surface digest made of one digit. */
export function surface(digit: string): ContractVersion["surface"] {
  return `sha256:${digit.repeat(64)}`;
}

/** The plug-in is not opened when it speaks these. */
export async function refusesToOpen(rig: CaseRig, speaks: Offer["speaks"]): Promise<void> {
  const decorate = (plugin: Plugin): Plugin =>
    overlay(plugin, { manifest: { ...plugin.manifest, speaks } });
  await ensureFault(() => rig.open({ decorate }), {
    code: "contract.incompatible",
    effect: "none",
  });
}
