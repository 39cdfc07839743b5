import { raise } from "@bedplate/errors";
import { type BlobAccess, refusedFault, type Waiting } from "./blob-access.ts";
import type { BlobAttributes } from "./blob-attributes.ts";
import type { BlobCondition, BlobInfo, BlobVersion, Refused } from "./blob-driver.ts";
import { digestFault, missingFault, versionFault } from "./blob-faults.ts";
import { checkKey, digestOfKey } from "./blob-key.ts";
import { readRange } from "./blob-reading.ts";

/** What to copy to where. Content type and metadata are the source's, each unless it is given. */
export interface CopyRequest extends BlobAttributes {
  readonly from: string;
  /** Copies no other version of the source. */
  readonly version?: BlobVersion | undefined;
  readonly to: string;
  /** What must be at the destination. */
  readonly condition?: BlobCondition | undefined;
}

const op = "blob.copy";

/** Copies through the technology when it can, through this process when it cannot. */
export async function copyBlob(
  access: BlobAccess,
  request: CopyRequest,
  waiting: Waiting,
): Promise<BlobInfo> {
  const { driver } = access;
  checkKey(request.from, { op, limits: driver.limits });
  checkKey(request.to, { op, limits: driver.limits });
  if (driver.copy === undefined) return copyThrough(access, request, waiting);
  for (let tries = 1; ; tries++) {
    const source = await driver.stat(request.from);
    if (source === null) throw missingFault(op, request.from, "blob");
    const head = access.newHead(request.to, attributesOf(source, request), { op });
    const answer = await driver.copy(source, head, request.condition);
    if (answer !== null) return accept(request, answer);
    if (tries === sourceTriesMax) throw busy(request.from);
  }
}

function accept({ to, condition }: CopyRequest, answer: BlobInfo | Refused): BlobInfo {
  if ("found" in answer) throw refusedFault(op, to, { condition, found: answer.found });
  return answer;
}

/** Sources that are replaced this often while they are copied are left alone. */
const sourceTriesMax = 5;

function busy(key: string): Error {
  return raise("resource.busy", {
    op,
    subject: key,
    detail: { type: "blob", id: key, by: "writers" },
    message: `Cannot copy the blob "${key}": it is being replaced all the time`,
  });
}

async function copyThrough(
  access: BlobAccess,
  request: CopyRequest,
  { signal }: Waiting,
): Promise<BlobInfo> {
  await using reading = await access.driver.open(request.from, undefined);
  if (reading === null) throw missingFault(op, request.from, "blob");
  const { info } = reading;
  const { digest, sizeBytes } = info;
  return await access.write(readRange(reading, undefined, signal).body, {
    ...attributesOf(info, request),
    op,
    key: request.to,
    condition: request.condition,
    expect: { digest, sizeBytes },
    bytesMax: access.driver.limits.bodyBytesMax,
    signal,
  });
}

function attributesOf(source: BlobInfo, request: CopyRequest): BlobAttributes {
  const { version, to } = request;
  if (version !== undefined && version !== source.version) {
    throw versionFault(op, source.key, { version, found: source.version });
  }
  const digest = digestOfKey(to);
  if (digest !== undefined && digest !== source.digest) {
    throw digestFault(op, digest, source.digest);
  }
  return {
    contentType: request.contentType ?? source.contentType,
    metadata: request.metadata ?? source.metadata,
  };
}
