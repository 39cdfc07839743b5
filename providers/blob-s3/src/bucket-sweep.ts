import type {
  ListMultipartUploadsCommandInput,
  ListMultipartUploadsCommandOutput,
} from "@aws-sdk/client-s3";
import type { S3Bucket } from "./s3-bucket.ts";

const op = "blob.sweep";

/** Ends uploads that began before an instant, and deletes objects that were staged before it. */
export async function sweepBucket(bucket: S3Bucket, beforeMs: number): Promise<void> {
  const isOld = (at: Date | undefined) => (at?.getTime() ?? 0) <= beforeMs;
  for await (const { Key = "", UploadId = "", Initiated } of uploadsIn(bucket)) {
    if (!isOld(Initiated)) continue;
    const input = { Bucket: bucket.bucket, Key, UploadId };
    const abort = bucket.attempts.repeat(op, (abortSignal) =>
      bucket.s3.abortMultipartUpload(input, { abortSignal }),
    );
    // It may have ended meanwhile; what is left is there for the next sweep.
    await abort.catch(() => {});
  }
  for await (const { Key = "", LastModified } of objectsUnder(bucket, bucket.staging)) {
    if (isOld(LastModified)) await bucket.drop(op, Key);
  }
}

/** Bytes of uploads and of staged objects. */
export async function stagedBytes(bucket: S3Bucket): Promise<number> {
  let sum = 0;
  for await (const { Size = 0 } of objectsUnder(bucket, bucket.staging)) sum += Size;
  for await (const { Key, UploadId } of uploadsIn(bucket)) {
    const input = { Bucket: bucket.bucket, Key, UploadId };
    const answer = await bucket.attempts.repeat(op, (abortSignal) =>
      bucket.s3.listParts(input, { abortSignal }),
    );
    for (const { Size = 0 } of answer?.Parts ?? []) sum += Size;
  }
  return sum;
}

/** Deletes everything below a prefix. */
export async function emptyPrefix(bucket: S3Bucket, prefix: string): Promise<void> {
  for await (const { Key = "" } of objectsUnder(bucket, prefix)) await bucket.drop(op, Key);
}

interface ListedObject {
  readonly Key?: string | undefined;
  readonly Size?: number | undefined;
  readonly LastModified?: Date | undefined;
}

async function* objectsUnder(
  bucket: S3Bucket,
  prefix: string,
): AsyncGenerator<ListedObject, void, void> {
  for (let after: string | undefined; ; ) {
    const input = {
      Bucket: bucket.bucket,
      Prefix: prefix,
      ...(after !== undefined && { StartAfter: after }),
    };
    const answer = await bucket.attempts.repeat(op, (abortSignal) =>
      bucket.s3.listObjectsV2(input, { abortSignal }),
    );
    const objects = answer?.Contents ?? [];
    yield* objects;
    after = objects.at(-1)?.Key;
    if (answer?.IsTruncated !== true || after === undefined) return;
  }
}

interface ListedUpload {
  readonly Key?: string | undefined;
  readonly UploadId?: string | undefined;
  readonly Initiated?: Date | undefined;
}

async function* uploadsIn(bucket: S3Bucket): AsyncGenerator<ListedUpload, void, void> {
  for (const prefix of [bucket.blobs, bucket.staging]) yield* uploadsUnder(bucket, prefix);
}

async function* uploadsUnder(
  bucket: S3Bucket,
  prefix: string,
): AsyncGenerator<ListedUpload, void, void> {
  let place: { readonly KeyMarker?: string; readonly UploadIdMarker?: string } = {};
  for (;;) {
    const page = await uploadPage(bucket, { Bucket: bucket.bucket, Prefix: prefix, ...place });
    yield* page?.Uploads ?? [];
    if (page?.IsTruncated !== true || page.NextKeyMarker === undefined) return;
    place = { KeyMarker: page.NextKeyMarker, UploadIdMarker: page.NextUploadIdMarker ?? "" };
  }
}

function uploadPage(
  { s3, attempts }: S3Bucket,
  input: ListMultipartUploadsCommandInput,
): Promise<ListMultipartUploadsCommandOutput | null> {
  return attempts.repeat(op, (abortSignal) => s3.listMultipartUploads(input, { abortSignal }));
}
