import { createPublicKey, verify } from "node:crypto";
import { type Digest, digestBytes } from "@bedplate/codec";
import {
  type Agreement,
  facetNames,
  type Manifest,
  negotiate,
  type Offer,
  profileSchema,
  unprovable,
} from "@bedplate/environment";
import { FaultError, raise } from "@bedplate/errors";
import { foreignSchema } from "@bedplate/schema";
import type { Bundle } from "./bundle.ts";
import { type Dependant, resolveDependencies } from "./dependencies.ts";
import { namePattern, releaseId, versionPattern } from "./release.ts";

/** What a review compares a bundle with. */
export interface ReviewContext {
  readonly hostOffer: Offer;
  readonly registered: readonly Dependant[];
  /** Ed25519 public keys in SPKI PEM, by key id. With any, every release must be signed by one. */
  readonly trustedKeys: Readonly<Record<string, string>>;
}

/**
 * Everything that is checked before a release may exist; nothing of the plug-in runs. Throws the
 * first thing that is wrong, and answers the agreed versions.
 */
export function reviewBundle(bundle: Bundle, context: ReviewContext): Agreement {
  const { manifest } = bundle.plugin;
  checkShape(manifest);
  checkBuild(manifest, bundle.bytes);
  checkSignatures(manifest, context.trustedKeys);
  const agreement = negotiate(context.hostOffer, toOffer(manifest));
  if (!agreement.isAgreed) throw new FaultError(agreement.fault);
  const { name, version } = manifest.plugin;
  resolveDependencies({ name, version, dependsOn: manifest.dependsOn }, context.registered);
  checkPermissions(manifest, bundle.grants ?? []);
  foreignSchema(manifest.configSchema).parse(bundle.config ?? {}, {
    what: `the config of ${releaseId(manifest.plugin)}`,
    op: "registry.register",
  });
  return agreement;
}

function checkShape(manifest: Manifest): void {
  const { name, version } = manifest.plugin;
  if (!new RegExp(namePattern).test(name)) {
    throw invalid("/plugin/name", "must be lower-case letters, digits and dashes");
  }
  if (!new RegExp(versionPattern).test(version)) {
    throw invalid("/plugin/version", "must be a semver version");
  }
  profileSchema.parse(manifest.profile, { what: "the profile", op: "registry.register" });
  const declared = Object.keys(manifest.declares);
  const unknown = declared.find((each) => !(facetNames as readonly string[]).includes(each));
  if (unknown !== undefined) throw invalid(`/declares/${unknown}`, "is no facet of the contract");
  const [unproven] = unprovable(manifest);
  if (unproven !== undefined) throw withoutCase(manifest, unproven);
  if (declared.length === 0) throw invalid("/declares", "must declare one facet or more");
}

function checkBuild(manifest: Manifest, bytes: Uint8Array | undefined): void {
  if (bytes === undefined) return;
  const actual = digestBytes(bytes);
  const expected = manifest.plugin.build;
  if (actual === expected) return;
  throw raise("digest.mismatch", {
    op: "registry.register",
    detail: { expected, actual },
    message: `Cannot register ${releaseId(manifest.plugin)}: its bytes are not the build that its manifest names`,
  });
}

function checkSignatures(manifest: Manifest, keys: ReviewContext["trustedKeys"]): void {
  const signatures = manifest.provenance?.signatures ?? [];
  for (const { keyId, value } of signatures) {
    const pem = keys[keyId];
    const isGood = pem !== undefined && isSigned(manifest.plugin.build, { pem, value });
    if (!isGood && pem !== undefined) throw badSignature(manifest, keyId);
  }
  const isTrusted = signatures.some((each) => keys[each.keyId] !== undefined);
  if (Object.keys(keys).length > 0 && !isTrusted) throw badSignature(manifest, "none");
}

function isSigned(
  build: Digest,
  options: { readonly pem: string; readonly value: string },
): boolean {
  const signature = Buffer.from(options.value, "base64");
  return verify(null, Buffer.from(build), createPublicKey(options.pem), signature);
}

function badSignature(manifest: Manifest, keyId: string): Error {
  return raise("signature.invalid", {
    op: "registry.register",
    detail: { keyId },
    message: `Cannot register ${releaseId(manifest.plugin)}: no trusted key signed its build (${keyId})`,
  });
}

function checkPermissions(manifest: Manifest, grants: readonly string[]): void {
  const denied = manifest.wants.find((each) => !grants.includes(each));
  if (denied === undefined) return;
  throw raise("permission.denied", {
    op: "registry.register",
    blame: "operator",
    detail: { permission: denied },
    message: `Cannot register ${releaseId(manifest.plugin)}: it wants ${denied}, which is not granted`,
  });
}

/** The offer that a manifest makes before any process runs. */
function toOffer(manifest: Manifest): Offer {
  const process = { build: manifest.plugin.build, startedAt: 0, nonce: "0".repeat(32) };
  const { speaks, features } = manifest;
  return { hello: 1, side: "plugin", process, speaks, features: {}, has: features };
}

function invalid(path: string, rule: string): Error {
  return raise("argument.invalid", {
    op: "registry.register",
    blame: "plugin",
    detail: { path, rule },
    message: `Cannot register the release: ${path} ${rule}`,
  });
}

/** A capability that no case examines is a claim without meaning. */
function withoutCase(manifest: Manifest, facet: string): Error {
  return raise("capability.unproven", {
    op: "registry.register",
    detail: { facet, needs: "a conformance case", has: "none" },
    message: `Cannot register ${releaseId(manifest.plugin)}: it declares ${facet}, which no conformance case examines`,
  });
}
