/**
 * Storing and reading bodies of unknown length in a bucket, through the BlobStore and with the SDK's own
 * `Upload`, which neither hashes the whole nor decides a condition. The server is Ceph's gateway on
 * this machine: the ratio says something, the figures are the server's.
 */
import { randomBytes } from "node:crypto";
import { Readable } from "node:stream";
import { S3 } from "@aws-sdk/client-s3";
import { Upload } from "@aws-sdk/lib-storage";
import { BlobStore } from "@bedplate/blob";
import { engineAbsence, quantile, reportBench, startS3 } from "@bedplate/testkit";
import { openS3Blob } from "../src/index.ts";

const mebibyte = 2 ** 20;
const sizesMiB = [1, 32];
const rounds = Number(process.argv[2] ?? 5);
const bucket = "bench";

const absence = engineAbsence("s3-strict");
if (absence === undefined) await run();
else process.stdout.write(`left out: ${absence}\n`);

async function run(): Promise<void> {
  await using engine = await startS3("strict");
  const { accessKey, secretKey, endpoint, region } = engine;
  const url = `s3://${accessKey}:${secretKey}@${bucket}?endpoint=${endpoint}`;
  await using store = new BlobStore(await openS3Blob(url, { variables: {} }));
  const credentials = { accessKeyId: accessKey, secretAccessKey: secretKey };
  const s3 = new S3({ endpoint, region, credentials, forcePathStyle: true });
  const rows: (string | number)[][] = [];
  for (const sizeMiB of sizesMiB) {
    const chunk = randomBytes(mebibyte);
    const body = () => Readable.from(repeat(chunk, sizeMiB));
    const own = await rate(sizeMiB, () => store.put("own", body()));
    const expected = await store.stat("own");
    const expect = { digest: expected?.digest, sizeBytes: expected?.sizeBytes };
    const known = await rate(sizeMiB, () => store.put("known", body(), { expect }));
    const upload = await rate(sizeMiB, () => uploadOf(s3, body()).done());
    const read = await rate(sizeMiB, () => drain(store));
    rows.push([`${sizeMiB} MiB`, own, known, upload, read]);
  }
  s3.destroy();
  reportBench("blob-s3", {
    columns: ["body", "put MiB/s", "put, digest known MiB/s", "Upload MiB/s", "get MiB/s"],
    rows,
    notes: [`Medians of ${rounds} rounds, one after the other; \`get\` checks the digest.`],
  });
}

function uploadOf(s3: S3, Body: Readable): Upload {
  return new Upload({ client: s3, params: { Bucket: bucket, Key: "upload", Body } });
}

async function drain(store: BlobStore): Promise<void> {
  await using reading = await store.open("own");
  for await (const _chunk of reading.body);
}

async function* repeat(chunk: Uint8Array, times: number): AsyncGenerator<Uint8Array, void, void> {
  for (let i = 0; i < times; i++) yield chunk;
}

async function rate(sizeMiB: number, work: () => Promise<unknown>): Promise<number> {
  const rates: number[] = [];
  for (let i = 0; i < rounds; i++) {
    const startedMs = performance.now();
    await work();
    rates.push(sizeMiB / ((performance.now() - startedMs) / 1000));
  }
  return quantile(rates, 0.5);
}
