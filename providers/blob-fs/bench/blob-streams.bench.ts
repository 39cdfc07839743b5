/**
 * Streaming long bodies to disk and back through the BlobStore, and with plain streams of Node that
 * sync the file: what hashing, atomicity and durability cost.
 */
import { createHash, randomBytes } from "node:crypto";
import { createReadStream, createWriteStream } from "node:fs";
import { open } from "node:fs/promises";
import { join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { BlobStore } from "@bedplate/blob";
import { openScratchFolder, quantile, reportBench } from "@bedplate/testkit";
import { openFileBlob } from "../src/index.ts";

const mebibyte = 2 ** 20;
const sizeMiB = Number(process.argv[2] ?? 64);
const rounds = 5;
const chunk = randomBytes(256 * 1024);

using folder = openScratchFolder("bedplate-bench");
await using store = new BlobStore(await openFileBlob({ path: join(folder.path, "blobs") }));
const plain = join(folder.path, "plain");

reportBench("blob-streams", {
  columns: ["", "write MiB/s", "read MiB/s"],
  rows: [
    ["BlobStore", await rate(() => store.put("a", chunks())), await rate(readBlob)],
    ["plain streams, synced", await rate(writePlain), await rate(readPlain)],
    ["plain streams, synced and hashed", await rate(writeHashed), await rate(readHashed)],
  ],
  notes: [`${sizeMiB} MiB, medians of ${rounds} rounds; reads come from the page cache.`],
});

async function* chunks(): AsyncGenerator<Uint8Array, void, void> {
  const count = (sizeMiB * mebibyte) / chunk.byteLength;
  for (let i = 0; i < count; i++) yield chunk;
}

async function readBlob(): Promise<void> {
  await using reading = await store.open("a");
  for await (const _chunk of reading.body);
}

async function writePlain(): Promise<void> {
  await pipeline(Readable.from(chunks()), createWriteStream(plain));
  await using file = await open(plain, "r+");
  await file.sync();
}

async function writeHashed(): Promise<void> {
  const hash = createHash("sha256");
  const hashed = async function* () {
    for await (const each of chunks()) {
      hash.update(each);
      yield each;
    }
  };
  await pipeline(Readable.from(hashed()), createWriteStream(plain));
  await using file = await open(plain, "r+");
  await file.sync();
}

async function readPlain(): Promise<void> {
  for await (const _chunk of createReadStream(plain, { highWaterMark: chunk.byteLength }));
}

async function readHashed(): Promise<void> {
  const hash = createHash("sha256");
  const file = createReadStream(plain, { highWaterMark: chunk.byteLength });
  for await (const each of file) hash.update(each as Uint8Array);
}

async function rate(work: () => Promise<unknown>): Promise<number> {
  const rates: number[] = [];
  for (let i = 0; i < rounds; i++) {
    const startedMs = performance.now();
    await work();
    rates.push(sizeMiB / ((performance.now() - startedMs) / 1000));
  }
  return quantile(rates, 0.5);
}
