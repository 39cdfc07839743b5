import type { BlobStore, SignedAddress } from "@bedplate/blob";
import { type BlobKit, blobConformance } from "@bedplate/blob/conformance";
import { checkBlobModel } from "@bedplate/blob/conformance/model";
import { killerOf, type OpenedTarget, overriding } from "@bedplate/conformance";
import { describeConformance } from "@bedplate/conformance/vitest";
import { expect, test } from "vitest";
import { faultOfS3 } from "../src/s3-fault.ts";
import { FakeS3, isWrite } from "./fake-s3/fake-s3.ts";
import { openS3Target, type S3TargetOptions } from "./s3-kit.ts";

async function openOnDouble(
  flaws: Pick<S3TargetOptions, "wrap" | "attempts"> = {},
): Promise<OpenedTarget<BlobStore, BlobKit>> {
  const fake = await FakeS3.open();
  const controlsOf: S3TargetOptions["controlsOf"] = (openLarge) => ({
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
  });
  const { target, kit, ...opened } = await openS3Target(fake.url({ conditionalDelete: "true" }), {
    controlsOf,
    ...flaws,
  });
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
  open: () => openOnDouble(),
  undeclared: ["BS56", "BS75"],
  blocked: {
    BS03: "the double keeps its objects in the memory of this process",
    BS60: "the double lives in the process of the test",
  },
});

test("random operations do what a map does", () =>
  checkBlobModel(() => openOnDouble(), { runs: 20, stepsMax: 20 }));

/** Ways to try a write that are wrong. */
const careless: readonly (readonly [string, string, S3TargetOptions["attempts"]])[] = [
  [
    "BS62",
    "it is tried again without a look at what is there",
    (attempts) =>
      overriding(attempts, {
        write: async (op, send) => (await attempts.repeat(op, send)) as never,
      }),
  ],
  [
    "BS61",
    "it is said to be done when it broke",
    (attempts) =>
      overriding(attempts, {
        write: (op, send, findOwn) =>
          attempts.write(op, send, async () => (await findOwn()) ?? ("done" as never)),
      }),
  ],
  [
    "BS63",
    "it is said not to be done when it broke",
    (attempts) =>
      overriding(attempts, {
        write: (_op, send) =>
          send(new AbortController().signal).catch((error: unknown) => {
            throw faultOfS3(error, "blob.put");
          }),
      }),
  ],
];

test.for(careless)(
  "the suite kills with %s: a write whose answer was lost, %s",
  async ([id, , attempts]) => {
    const options = { open: () => openOnDouble({ attempts }), timeoutMs: 10_000 };
    expect(await killerOf([id], blobConformance, options)).toBe(id);
  },
);

const flawed: readonly (readonly [string, string, S3TargetOptions["wrap"]])[] = [
  [
    "BS47",
    "addresses outlive their time",
    (driver) =>
      overriding(driver, {
        sign: (request) =>
          driver.sign?.({ ...request, expiresMs: 3_600_000 }) as Promise<SignedAddress>,
      }),
  ],
  [
    "BS47",
    "addresses take any bytes",
    (driver) =>
      overriding(driver, {
        sign: async ({ put, ...request }) => {
          const signed = await driver.sign?.(request);
          return { ...(signed as SignedAddress), ...(put && { method: "PUT" as const }) };
        },
      }),
  ],
  [
    "BS65",
    "readings are not ended",
    (driver) =>
      overriding(driver, {
        async open(key, first) {
          const reading = await driver.open(key, first);
          return reading && overriding(reading, { [Symbol.asyncDispose]: async () => {} });
        },
      }),
  ],
];

test.for(flawed)("the suite kills with %s: %s", async ([id, , wrap]) => {
  const options = { open: () => openOnDouble({ wrap }), timeoutMs: 10_000 };
  expect(await killerOf([id], blobConformance, options)).toBe(id);
});
