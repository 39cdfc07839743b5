/**
 * Storing and reading blobs on disk through the BlobStore, one after the other and 16 at once.
 * Each `put` is durable when it is answered.
 */
import { randomBytes } from "node:crypto";
import { BlobStore } from "@bedplate/blob";
import { openScratchFolder, quantile, reportBench } from "@bedplate/testkit";
import { openFileBlob } from "../src/index.ts";

const sizes = [1024, 64 * 1024, 4 * 2 ** 20];
const bytesPerRow = 64 * 2 ** 20;
const countMax = Number(process.argv[2] ?? 400);

const rows: (string | number)[][] = [];
for (const size of sizes) {
  for (const atOnce of [1, 16]) {
    const count = Math.min(countMax, Math.ceil(bytesPerRow / size));
    using folder = openScratchFolder("bedplate-bench");
    await using store = new BlobStore(await openFileBlob({ path: folder.path }));
    const bodies = Array.from({ length: count }, () => new Uint8Array(randomBytes(size)));
    const put = await measure(atOnce, bodies.length, async (index) => {
      await store.put(`key/${index}`, bodies[index] as Uint8Array);
    });
    const get = await measure(atOnce, bodies.length, async (index) => {
      const bytes = await store.get(`key/${index}`);
      if (bytes?.length !== size) throw new Error("a blob is not what it was");
    });
    rows.push([`${size / 1024} KiB`, atOnce, put.perSecond, put.p50Ms, get.perSecond, get.p50Ms]);
  }
}
reportBench("blob", {
  columns: ["blob", "at once", "put/s", "put p50 ms", "get/s", "get p50 ms"],
  rows,
  notes: [`Up to ${countMax} blobs per row; reads come from the page cache.`],
});

async function measure(
  atOnce: number,
  count: number,
  work: (index: number) => Promise<void>,
): Promise<{ readonly perSecond: number; readonly p50Ms: number }> {
  const times: number[] = [];
  let next = 0;
  const drive = async () => {
    for (let index = next++; index < count; index = next++) {
      const startedMs = performance.now();
      await work(index);
      times.push(performance.now() - startedMs);
    }
  };
  const startedMs = performance.now();
  await Promise.all(Array.from({ length: atOnce }, drive));
  const wallMs = performance.now() - startedMs;
  return { perSecond: Math.round((count / wallMs) * 1000), p50Ms: quantile(times, 0.5) };
}
