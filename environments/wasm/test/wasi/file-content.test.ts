import fc from "fast-check";
import { expect, test } from "vitest";
import { FileBytes, LargeFiles } from "../../src/wasi/file-system/file-bytes.ts";
import { FileContent } from "../../src/wasi/file-system/file-content.ts";
import { StorageQuota } from "../../src/wasi/file-system/storage-quota.ts";

const quotaOf = (bytesMax: number) =>
  new StorageQuota({ bytesMax, inodesMax: 10, bytes: 0, inodes: 0 });

const spend = () => {};

/** Around the size from which a file has pages of its own. */
const unit = 65_536;

const steps = fc.array(
  fc.record({
    act: fc.constantFrom("write", "resize", "share", "release"),
    at: fc.nat({ max: 3 * unit }),
    length: fc.nat({ max: 2 * unit }),
    byte: fc.integer({ min: 1, max: 255 }),
  }),
  { maxLength: 20 },
);

test("a file holds what one array would hold, small or large", () => {
  const large = new LargeFiles();
  const bytesMax = 8 * unit;
  fc.assert(
    fc.property(steps, (list) => {
      const quota = quotaOf(64 * unit);
      const file = new FileContent(new Uint8Array([7, 7]), {
        quota,
        large,
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

test("a large file grows where it is, and gives its pages back when it is emptied", () => {
  const large = new LargeFiles();
  const file = new FileBytes({ large, bytesMax: 64 * unit });
  file.reserve(2 * unit);
  const { bytes } = file;
  bytes.fill(9);
  file.reserve(3 * unit);
  expect(file.bytes).toBe(bytes);
  expect([bytes.length, bytes[unit], bytes[2 * unit]]).toEqual([3 * unit, 9, 0]);
  file.release();
  expect([bytes.length, file.bytes.length]).toEqual([0, 0]);
});

test("at its end a run gives the pages of all its large files back", () => {
  const large = new LargeFiles();
  const files = [1, 2, 3].map(() => new FileBytes({ large, bytesMax: 64 * unit }));
  for (const file of files) file.reserve(2 * unit);
  large.freeAll();
  expect(files.map(({ bytes }) => bytes.length)).toEqual([0, 0, 0]);
});
