import type { BlobDriver } from "@bedplate/blob";
import { newId, systemRandom } from "@bedplate/clock";
import type { ProviderModule } from "@bedplate/provider";
import { emptyPrefix, sweepBucket } from "./bucket-sweep.ts";
import { openS3Blob, openS3Bucket } from "./open-s3-blob.ts";
import { s3Schemes, s3Settings } from "./s3-settings.ts";

/** Blobs in a bucket: `s3://accessKeyId@bucket/prefix?endpoint=https://s3.example&passwordFile=secret`. */
export const provider: ProviderModule<BlobDriver> = {
  contract: "blob",
  name: "blob-s3",
  schemes: s3Schemes,
  settings: s3Settings.jsonSchema,
  open: (url, host) => openS3Blob(url, host),
  async openScratch(url, host) {
    const prefix = `scratch/${newId("s", host.clock.now(), systemRandom)}/`;
    return {
      open: () => openS3Blob(url, host, { prefix }),
      async [Symbol.asyncDispose]() {
        const bucket = await openS3Bucket(url, host, { prefix });
        try {
          await sweepBucket(bucket, Number.POSITIVE_INFINITY);
          await emptyPrefix(bucket, bucket.blobs);
        } finally {
          bucket.s3.destroy();
        }
      },
    };
  },
};
