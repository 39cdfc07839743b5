import type { BlobAccess } from "./blob-access.ts";
import type { BlobAttributes } from "./blob-attributes.ts";
import type { SealedBody, SignedAddress } from "./blob-driver.ts";
import { digestFault, refuseArgument, undeclaredFault } from "./blob-faults.ts";
import { checkKey, digestOfKey } from "./blob-key.ts";

/** What the address is for. */
export interface SigningRequest extends BlobAttributes {
  readonly expiresMs: number;
  /** For writing: the bytes that may be stored there, and no others. Without it, for reading. */
  readonly put?: SealedBody | undefined;
}

const op = "blob.sign";

/** Makes an address that works without credentials for a while. */
export async function signAddress(
  access: BlobAccess,
  key: string,
  { expiresMs, put, ...attributes }: SigningRequest,
): Promise<SignedAddress> {
  const { driver } = access;
  const { limits, capabilities } = driver;
  if (capabilities.signed === undefined || driver.sign === undefined) {
    throw undeclaredFault(op, "signed");
  }
  checkKey(key, { op, limits });
  const limit = capabilities.signed.expiresMsMax;
  if (!Number.isInteger(expiresMs) || expiresMs < 1_000 || expiresMs > limit) {
    throw refuseArgument(op, "/expiresMs", { rule: "must be from 1,000 to the limit", limit });
  }
  const head = access.newHead(key, attributes, { op });
  if (put === undefined) return driver.sign({ key, expiresMs });
  checkBytes(key, put, limits.bodyBytesMax);
  return driver.sign({ key, expiresMs, put: { ...head, ...put } });
}

function checkBytes(key: string, { digest, sizeBytes }: SealedBody, limit: number): void {
  if (!Number.isSafeInteger(sizeBytes) || sizeBytes < 0 || sizeBytes > limit) {
    throw refuseArgument(op, "/put/sizeBytes", { rule: "must be from 0 to the limit", limit });
  }
  const own = digestOfKey(key);
  if (own !== undefined && own !== digest) throw digestFault(op, own, digest);
}
