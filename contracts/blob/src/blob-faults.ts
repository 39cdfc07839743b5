import type { Digest } from "@bedplate/codec";
import { raise } from "@bedplate/errors";
import type { BlobCapabilities, BlobCondition, BlobVersion } from "./blob-driver.ts";

/** An argument that the contract does not allow. */
export function refuseArgument(
  op: string,
  path: string,
  { rule, limit }: { readonly rule: string; readonly limit?: number | undefined },
): Error {
  return raise("argument.invalid", {
    op,
    detail: { path, rule, limit },
    message: `Cannot do ${op}: ${path} ${rule}${limit === undefined ? "" : ` (${limit})`}`,
  });
}

/** A write whose condition did not hold. */
export function conditionFault(
  op: string,
  key: string,
  { condition, found }: { readonly condition: BlobCondition; readonly found: BlobVersion | null },
): Error {
  if (condition !== "absent") return versionFault(op, key, { version: condition.version, found });
  return raise("resource.exists", {
    op,
    subject: key,
    detail: { type: "blob", id: key },
    message: `Cannot store the blob "${key}": it exists`,
  });
}

/** The blob is not of the version that the caller named. */
export function versionFault(
  op: string,
  key: string,
  { version, found }: { readonly version: BlobVersion; readonly found: BlobVersion | null },
): Error {
  const actual = found ?? "absent";
  return raise("version.mismatch", {
    op,
    subject: key,
    detail: { expected: version, actual },
    message: `Cannot use the blob "${key}": its version is ${actual}, not ${version}`,
  });
}

/** There is no such thing. */
export function missingFault(op: string, id: string, type: "blob" | "upload" | "part"): Error {
  return raise("resource.missing", {
    op,
    subject: id,
    detail: { type, id },
    message: `Cannot use the ${type} "${id}": there is none`,
  });
}

/** The bytes are not the ones that were promised. */
export function digestFault(op: string, expected: Digest, actual: Digest): Error {
  return raise("digest.mismatch", {
    op,
    detail: { expected, actual },
    message: "Cannot store the blob: its bytes are not the ones that were expected",
  });
}

/** What is stored is not what was written. */
export function corruptFault(op: string, key: string, found: string): Error {
  return raise("data.corrupt", {
    op,
    subject: key,
    detail: { what: key },
    message: `Cannot read the blob "${key}": the store holds ${found}`,
  });
}

/** The driver does not declare what was asked. */
export function undeclaredFault(op: string, facet: string): Error {
  return raise("capability.undeclared", {
    op,
    detail: { facet },
    message: `Cannot do ${op}: this store does not declare ${facet}`,
  });
}

/** Only some technologies can delete one version and no other. */
export function checkConditionalDelete(op: string, { conditionalDelete }: BlobCapabilities): void {
  if (conditionalDelete !== true) throw undeclaredFault(op, "conditionalDelete");
}

/** More bytes than the caller allows. */
export function tooMuchFault(limit: number, asked: number): Error {
  return raise("quota.exceeded", {
    op: "blob.get",
    detail: { meter: "bytes", limit, asked },
    message: `Cannot get the blob at once: it has ${asked} bytes, more than ${limit}`,
  });
}

/** The store is closed. */
export function closedFault(op: string): Error {
  return raise("resource.closed", {
    op,
    detail: { type: "blob-store" },
    message: "Cannot use the blob store: it is closed",
  });
}
