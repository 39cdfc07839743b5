import type { BlobAccess, Waiting } from "./blob-access.ts";
import type { BlobInfo } from "./blob-driver.ts";
import { refuseArgument } from "./blob-faults.ts";
import { entriesUnder } from "./blob-listing.ts";

/** Which blobs may go. */
export interface UnreferencedRequest {
  /** Default: all content, `sha256:`. */
  readonly prefix?: string | undefined;
  /** Younger blobs stay: their writer may be about to refer to them. */
  readonly graceMs: number;
  /** Which of these keys something refers to now. */
  readonly findReferenced: (keys: readonly string[]) => Promise<ReadonlySet<string>>;
}

/** What was looked at, and what went. */
export interface UnreferencedReport {
  readonly examined: number;
  readonly deleted: number;
}

const groupMax = 100;

/**
 * Deletes old blobs that nothing refers to. A writer that stores content again gives it a new version,
 * and only the version that was examined is deleted: so a reference that is made meanwhile holds.
 */
export async function deleteUnreferenced(
  access: BlobAccess,
  request: UnreferencedRequest,
  { signal }: Waiting,
): Promise<UnreferencedReport> {
  const { prefix = "sha256:", graceMs, findReferenced } = request;
  const report = { examined: 0, deleted: 0 };
  const sweep = async (old: readonly BlobInfo[]) => {
    const referenced = await findReferenced(old.map(({ key }) => key));
    for (const { key, version } of old) {
      if (referenced.has(key)) continue;
      if ((await access.driver.delete(key, version)) === version) report.deleted++;
    }
  };
  let old: BlobInfo[] = [];
  for await (const { key } of entriesUnder(access.driver, prefix)) {
    signal?.throwIfAborted();
    report.examined++;
    const info = await access.driver.stat(key);
    if (info !== null && info.createdAt <= access.clock.now() - graceMs) old.push(info);
    if (old.length < groupMax) continue;
    await sweep(old);
    old = [];
  }
  if (old.length > 0) await sweep(old);
  return report;
}

/** A grace that is too short would let a reference dangle. */
export function checkGrace(graceMs: number, contentRefreshMs: number): void {
  const limit = 2 * contentRefreshMs;
  if (graceMs >= limit) return;
  throw refuseArgument("blob.deleteUnreferenced", "/graceMs", { rule: "is too short", limit });
}
