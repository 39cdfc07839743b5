import { createHash, timingSafeEqual } from "node:crypto";

/** What a signed URL lets its holder do. */
export interface FileGrant {
  readonly path: string;
  readonly operation: "read" | "write";
  /** Empty where the URL names no user. */
  readonly user: string;
  /** Epoch seconds. Default: it does not end. */
  readonly expiration?: number | undefined;
}

/** The signature of a grant under a sandbox's access token. */
export function signatureOf(grant: FileGrant, accessToken: string): string {
  const { path, operation, user, expiration } = grant;
  const end = expiration === undefined ? "" : `:${expiration}`;
  const text = `${path}:${operation}:${user}:${accessToken}${end}`;
  const digest = createHash("sha256").update(text, "utf8").digest("base64");
  return `v1_${digest.replace(/=+$/, "")}`;
}

/** Compares in constant time. */
export function isSignature(given: string, grant: FileGrant, accessToken: string): boolean {
  return isSameText(given, signatureOf(grant, accessToken));
}

/** Whether two secrets are the same, in a time that tells nothing of where they differ. */
export function isSameText(given: string, expected: string): boolean {
  const [one, other] = [Buffer.from(given), Buffer.from(expected)];
  return one.length === other.length && timingSafeEqual(one, other);
}
