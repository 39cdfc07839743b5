import fc from "fast-check";
import { expect, test } from "vitest";
import { ChunkedBytes, ChunkPool, chunkBytes } from "../../src/wasi/file-system/chunked-bytes.ts";
import { FileContent } from "../../src/wasi/file-system/file-content.ts";
import { StorageQuota } from "../../src/wasi/file-system/storage-quota.ts";

const quotaOf = (bytesMax: number) =>
  new StorageQuota({ bytesMax, inodesMax: 10, bytes: 0, inodes: 0 });

const spend = () => {};

const steps = fc.array(
  fc.record({
    act: fc.constantFrom("write", "resize", "share", "release"),
    at: fc.nat({ max: 3 * chunkBytes }),
    length: fc.nat({ max: 2 * chunkBytes }),
    byte: fc.integer({ min: 1, max: 255 }),
  }),
  { maxLength: 20 },
);

test("a file in chunks holds what one array would hold, whatever its pool was used for", () => {
  const pool = new ChunkPool();
  const bytesMax = 8 * chunkBytes;
  fc.assert(
    fc.property(steps, (list) => {
      const quota = quotaOf(64 * chunkBytes);
      const file = new FileContent(new Uint8Array([7, 7]), {
        quota,
        pool,
        bytesMax,
        written: 0,
        spend,
      });
      let model = new Uint8Array([7, 7]);
      const resize = (size: number) => {
        const next = new Uint8Array(size);
        next.set(model.subarray(0, size));
        model = next;
      };
      for (const { act, at, length, byte } of list) {
        if (act === "write") {
          const source = new Uint8Array(length).fill(byte);
          file.write(at, source);
          if (length > 0) resize(Math.max(model.length, at + length));
          model.set(source, length > 0 ? at : 0);
        } else if (act === "resize") {
          file.resize(at);
          resize(at);
        } else if (act === "share") file.share();
        else {
          file.release();
          resize(0);
        }
        const read = new Uint8Array(model.length + 1);
        expect(file.read(0, read)).toBe(model.length);
        expect(Buffer.compare(read.subarray(0, model.length), model)).toBe(0);
      }
      file.release();
    }),
    { numRuns: 200 },
  );
});

test("bytes take what was asked for and no more, and grow by a part of the last chunk only", () => {
  const bytes = new ChunkedBytes(new ChunkPool());
  bytes.reserve(10, 100);
  expect(() => bytes.write(95, new Uint8Array(5))).not.toThrow();
  expect(() => bytes.write(96, new Uint8Array(5))).toThrow(RangeError);
  bytes.reserve(chunkBytes + 1, chunkBytes + 1);
  expect(() => bytes.write(chunkBytes, new Uint8Array(2))).toThrow(RangeError);
  expect(bytes.join(chunkBytes + 1)).toHaveLength(chunkBytes + 1);
});

test("a chunk that was given back comes back empty", () => {
  const pool = new ChunkPool();
  const chunk = pool.take().fill(9);
  pool.give(chunk);
  const again = pool.take();
  expect(again).toBe(chunk);
  expect(again.every((each) => each === 0)).toBe(true);
});
