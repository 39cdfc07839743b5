import type { BlobStore } from "@bedplate/blob";
import { type BlobKit, blobConformance } from "@bedplate/blob/conformance";
import { checkBlobModel } from "@bedplate/blob/conformance/model";
import type { OpenedTarget } from "@bedplate/conformance";
import { describeConformance } from "@bedplate/conformance/vitest";
import { test } from "vitest";
import { FakeS3, isWrite } from "./fake-s3/fake-s3.ts";
import { openS3Target } from "./s3-kit.ts";

async function openOnDouble(): Promise<OpenedTarget<BlobStore, BlobKit>> {
  const fake = await FakeS3.open();
  const { target, kit, ...opened } = await openS3Target(fake.url(), (openLarge) => ({
    large: undefined,
    cut: async (when) =>
      fake.plan(isWrite, { do: when === "before-send" ? "cut-before" : "cut-after" }),
    slow: async (ms) => {
      fake.delayMs = ms;
    },
    fillDisk: async () => {
      fake.bucket.bytesMax = 1536 * 1024;
      return openLarge();
    },
  }));
  return {
    target,
    kit,
    async [Symbol.asyncDispose]() {
      await opened[Symbol.asyncDispose]();
      await fake[Symbol.asyncDispose]();
    },
  };
}

describeConformance({
  name: "blob-s3 on a strict double",
  cases: blobConformance,
  open: openOnDouble,
  undeclared: ["BS56"],
  blocked: {
    BS03: "the double keeps its objects in the memory of this process",
    BS60: "the double lives in the process of the test",
  },
});

test("random operations do what a map does", () =>
  checkBlobModel(openOnDouble, { runs: 20, stepsMax: 20 }));
