import type { BlobDriver, BlobLimits } from "@bedplate/blob";
import { newId, systemRandom } from "@bedplate/clock";
import { raise } from "@bedplate/errors";
import type { ProviderHost } from "@bedplate/provider";
import { type AttemptRules, RequestRefused, S3Attempts } from "./s3-attempts.ts";
import { S3Blob } from "./s3-blob.ts";
import { type Precondition, S3Bucket } from "./s3-bucket.ts";
import { addressOf, openClient } from "./s3-client.ts";
import { failureOf } from "./s3-failure.ts";
import { faultOfS3 } from "./s3-fault.ts";
import { readS3Url } from "./s3-settings.ts";

/** What a URL cannot say. */
export interface S3BlobOptions {
  readonly limits?: Partial<BlobLimits> | undefined;
  /** Default: none, the URL's own prefix is the whole of it. */
  readonly prefix?: string | undefined;
  /** Waits between two tries. Default: the machine's timer. */
  readonly pause?: AttemptRules["pause"];
  /** Changes how requests are tried; a test breaks it. */
  readonly attempts?: ((attempts: S3Attempts) => S3Attempts) | undefined;
}

const mebibyte = 1024 * 1024;
const op = "provider.open";

/** Opens the blobs of a bucket; makes the bucket when it is missing. */
export async function openS3Blob(
  url: string,
  host: Pick<ProviderHost, "variables">,
  options: S3BlobOptions = {},
): Promise<BlobDriver> {
  const bucket = await openS3Bucket(url, host, options);
  const { partMiB, conditionalDelete } = readS3Url(url).settings;
  try {
    await makeBucket(bucket);
    await proveConditions(bucket, { conditionalDelete });
    return new S3Blob(bucket, {
      partBytes: partMiB * mebibyte,
      limits: options.limits,
      conditionalDelete,
    });
  } catch (error) {
    bucket.s3.destroy();
    throw error;
  }
}

/** Makes the client of a bucket; asks nothing of it yet. */
export async function openS3Bucket(
  url: string,
  host: Pick<ProviderHost, "variables">,
  options: S3BlobOptions = {},
): Promise<S3Bucket> {
  const place = readS3Url(url);
  const { attemptsMax, requestTimeoutMs: timeoutMs } = place.settings;
  const attempts = new S3Attempts({ attemptsMax, timeoutMs, pause: options.pause });
  return new S3Bucket({
    ...addressOf(place, host.variables),
    s3: await openClient(place, host.variables),
    bucket: place.bucket,
    prefix: `${place.prefix}${options.prefix ?? ""}`,
    attempts: options.attempts?.(attempts) ?? attempts,
  });
}

async function makeBucket({ s3, bucket, attempts }: S3Bucket): Promise<void> {
  const input = { Bucket: bucket };
  const found = await attempts.repeat(op, (abortSignal) => s3.headBucket(input, { abortSignal }));
  if (found !== null) return;
  try {
    await s3.createBucket(input);
  } catch (error) {
    // Another process may have been faster.
    if (!failureOf(error).name.includes("BucketAlready")) throw faultOfS3(error, op);
  }
}

/**
 * A service that does not know conditions would let everybody win; better not to begin. Whether it
 * compares and acts in one step cannot be seen from here.
 */
async function proveConditions(
  bucket: S3Bucket,
  { conditionalDelete }: { readonly conditionalDelete: boolean },
): Promise<void> {
  const { s3, attempts } = bucket;
  const object = `${bucket.staging}${newId("probe", Date.now(), systemRandom)}`;
  const place = { Bucket: bucket.bucket, Key: object };
  const put = (precondition: Precondition) =>
    attempts.repeat(op, (abortSignal) =>
      s3.putObject({ ...place, Body: object, ...precondition }, { abortSignal }),
    );
  const deleteOther = () =>
    attempts.repeat(op, (abortSignal) =>
      s3.deleteObject({ ...place, IfMatch: otherTag }, { abortSignal }),
    );
  try {
    await put({});
    await expectRefused(bucket, "writes", put({ IfNoneMatch: "*" }));
    if (conditionalDelete) await expectRefused(bucket, "deletes", deleteOther());
  } finally {
    await bucket.drop(op, object).catch(() => {});
  }
}

/** The tag of nothing that is ever stored. */
const otherTag = '"00000000000000000000000000000000"';

async function expectRefused(
  { bucket }: S3Bucket,
  what: "writes" | "deletes",
  work: Promise<unknown>,
): Promise<void> {
  try {
    await work;
  } catch (error) {
    if (error instanceof RequestRefused) return;
    throw error;
  }
  throw raise("capability.unproven", {
    op,
    detail: { facet: `conditional ${what}`, needs: "refused", has: "done" },
    message: `Cannot use the bucket ${bucket}: its service ignores the conditions of ${what}`,
    blame: "operator",
  });
}
