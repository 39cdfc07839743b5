import {
  type BlobCapabilities,
  type BlobCondition,
  type BlobDriver,
  type BlobEntry,
  type BlobHead,
  type BlobInfo,
  type BlobLimits,
  type BlobVersion,
  blobLimitsDefault,
  type DriverBlobRange,
  type DriverBody,
  type DriverReading,
  type DriverSigning,
  type Refused,
  type SignedAddress,
} from "@bedplate/blob";
import { raise } from "@bedplate/errors";
import { sweepBucket } from "./bucket-sweep.ts";
import { openObject } from "./object-reading.ts";
import { signObject } from "./object-signing.ts";
import { ObjectWriter } from "./object-writer.ts";
import { RequestRefused } from "./s3-attempts.ts";
import { blobIn, type S3Bucket } from "./s3-bucket.ts";

/** The most parts that one object may have. */
const partsMax = 10_000;
const weekMs = 7 * 24 * 60 * 60 * 1_000;

/** How often a delete looks again at an object that is being replaced. */
const deleteTriesMax = 10;

/** What a bucket does not say by itself. */
export interface S3BlobParts {
  readonly partBytes: number;
  readonly limits?: Partial<BlobLimits> | undefined;
  readonly conditionalDelete: boolean;
}

/** Blobs as objects of a bucket. */
export class S3Blob implements BlobDriver {
  readonly limits: BlobLimits;
  readonly capabilities: BlobCapabilities;
  readonly #bucket: S3Bucket;
  readonly #writer: ObjectWriter;
  readonly #partBytes: number;

  constructor(bucket: S3Bucket, { partBytes, limits, conditionalDelete }: S3BlobParts) {
    this.#bucket = bucket;
    this.#partBytes = partBytes;
    this.#writer = new ObjectWriter(bucket, partBytes);
    this.capabilities = {
      durable: true,
      signed: { expiresMsMax: weekMs },
      ...(conditionalDelete && { conditionalDelete }),
    };
    const bodyBytesMax = Math.min(blobLimitsDefault.bodyBytesMax, partBytes * partsMax);
    this.limits = { ...blobLimitsDefault, bodyBytesMax, ...limits };
  }

  put(
    head: BlobHead,
    body: DriverBody,
    condition: BlobCondition | undefined,
  ): Promise<BlobInfo | Refused> {
    return this.#writer.write(head, body, condition);
  }

  open(key: string, first: BlobRangeOrNone): Promise<DriverReading | null> {
    return openObject(this.#bucket, key, first);
  }

  async stat(key: string): Promise<BlobInfo | null> {
    const found = await this.#bucket.find("blob.stat", key);
    return found && blobIn(found, key);
  }

  list(range: DriverBlobRange): Promise<readonly BlobEntry[]> {
    return this.#bucket.list("blob.list", range);
  }

  /**
   * Where the service can, what was looked at is what is deleted; when it is another by then, it is
   * looked at again. Elsewhere whatever is there by then is deleted: nobody asked for a version.
   */
  async delete(key: string, version: BlobVersion | undefined): Promise<BlobVersion | null> {
    const op = "blob.delete";
    for (let tries = 0; tries < deleteTriesMax; tries++) {
      const found = await this.#bucket.find(op, key);
      if (found === null) return null;
      if (version !== undefined && found.version !== version) return found.version;
      try {
        const isExact = this.capabilities.conditionalDelete === true;
        await this.#bucket.delete(op, key, isExact ? { IfMatch: found.etag } : {});
        return found.version;
      } catch (error) {
        if (!(error instanceof RequestRefused)) throw error;
      }
    }
    throw busyFault(key);
  }

  sweep(abandonedMs: number): Promise<void> {
    return sweepBucket(this.#bucket, Date.now() - abandonedMs);
  }

  /** A short blob takes fewer requests through this process than as an upload of copied parts. */
  async copy(
    source: BlobInfo,
    head: BlobHead,
    condition: BlobCondition | undefined,
  ): Promise<BlobInfo | Refused | null> {
    const { key, sizeBytes, digest } = source;
    const info = { ...head, sizeBytes, digest };
    if (sizeBytes > this.#partBytes) {
      const found = await this.#bucket.find("blob.copy", key);
      if (found?.version !== source.version) return null;
      const object = this.#bucket.objectOf(key);
      return this.#writer.copy({ object, etag: found.etag }, info, condition);
    }
    await using reading = await openObject(this.#bucket, key, undefined);
    if (reading?.info.version !== source.version) return null;
    const chunks = await Array.fromAsync(reading.read({ offset: 0, length: sizeBytes }));
    return await this.#writer.writeWhole(info, Buffer.concat(chunks), condition);
  }

  sign(request: DriverSigning): Promise<SignedAddress> {
    return signObject(this.#bucket, request);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#bucket.s3.destroy();
  }
}

type BlobRangeOrNone = Parameters<BlobDriver["open"]>[1];

function busyFault(key: string): Error {
  return raise("resource.busy", {
    op: "blob.delete",
    subject: key,
    detail: { type: "blob", id: key, by: "writers" },
    message: `Cannot delete the blob "${key}": it is being replaced all the time`,
  });
}
