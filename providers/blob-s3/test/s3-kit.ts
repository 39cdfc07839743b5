import type { Readable } from "node:stream";
import { buffer } from "node:stream/consumers";
import { setTimeout as sleep } from "node:timers/promises";
import { type BlobDriver, BlobStore } from "@bedplate/blob";
import { type BlobKit, uploadBytes } from "@bedplate/blob/conformance";
import { newId, systemRandom, VirtualClock } from "@bedplate/clock";
import { type OpenedTarget, overriding } from "@bedplate/conformance";
import { killAfterLines } from "@bedplate/testkit";
import { emptyPrefix, stagedBytes, sweepBucket } from "../src/bucket-sweep.ts";
import { openS3Blob, openS3Bucket, type S3BlobOptions } from "../src/open-s3-blob.ts";
import type { S3Bucket } from "../src/s3-bucket.ts";

const limits = { bodyBytesMax: 1024 * 1024, partBytesMax: 64 * 1024 };
const host = { variables: {} };

/** What a target has beside its service. */
export interface S3TargetOptions {
  /** Controls that know the service. */
  readonly controlsOf?: ((openLarge: () => Promise<BlobStore>) => Partial<BlobKit>) | undefined;
  /** Breaks the driver on purpose. */
  readonly wrap?: ((driver: BlobDriver) => BlobDriver) | undefined;
  readonly attempts?: S3BlobOptions["attempts"];
}

/** A store below a prefix of its own, and what can be done to it. */
export async function openS3Target(
  url: string,
  { controlsOf = () => ({}), wrap = (driver) => driver, attempts }: S3TargetOptions = {},
): Promise<OpenedTarget<BlobStore, BlobKit>> {
  const held = new AsyncDisposableStack();
  const clock = new VirtualClock();
  const beganMs = clock.now();
  const prefix = `test/${newId("t", Date.now(), systemRandom)}/`;
  const bucket = await openS3Bucket(url, host, { prefix });
  held.defer(() => emptyBucket(bucket));
  const openLarge = () => openStore({}, `${url}&partMiB=5`);
  const openStore = async (options: S3BlobOptions = { limits }, place = url) => {
    const driver = await openS3Blob(place, host, { ...options, attempts, prefix });
    // Uploads age by the service's clock; the suite moves only its own.
    const sweep = (abandonedMs: number) => driver.sweep(abandonedMs - (clock.now() - beganMs));
    return held.use(new BlobStore(wrap(overriding<BlobDriver>(driver, { sweep })), { clock }));
  };
  const target = await openStore();
  const watching = held.use(await openS3Blob(url, host, { prefix }));
  const kit: BlobKit = {
    clock,
    seed: "s3",
    second: () => openStore(),
    large: openLarge,
    strayBytes: async () => (await stagedBytes(bucket)) + (await uploadBytes(watching)),
    flipByte: (key) => flipByte(bucket, key),
    handles: () => process.getActiveResourcesInfo().filter((each) => /TCPSocket/.test(each)).length,
    outlast: (ms) => sleep(ms),
    reopen: async () => {
      await target.close();
      return openStore();
    },
    crash: async (linesMin) => {
      const module = new URL("crash-writer.ts", import.meta.url);
      const reports = await killAfterLines(module, { args: [url, prefix], linesMin });
      return { reports, store: await openStore() };
    },
    ...controlsOf(openLarge),
  };
  return { target, kit, [Symbol.asyncDispose]: () => held.disposeAsync() };
}

async function emptyBucket(bucket: S3Bucket): Promise<void> {
  await sweepBucket(bucket, Number.POSITIVE_INFINITY);
  await emptyPrefix(bucket, bucket.blobs);
  bucket.s3.destroy();
}

async function flipByte({ s3, bucket, ...parts }: S3Bucket, key: string): Promise<void> {
  const place = { Bucket: bucket, Key: `${parts.blobs}${key}` };
  const { Body, ContentType, Metadata } = await s3.getObject(place);
  const bytes = await buffer(Body as Readable);
  bytes[1] = (bytes[1] ?? 0) ^ 1;
  await s3.putObject({
    ...place,
    Body: bytes,
    ...(ContentType !== undefined && { ContentType }),
    ...(Metadata !== undefined && { Metadata }),
  });
}
