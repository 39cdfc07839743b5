import { blobConformance } from "@bedplate/blob/conformance";
import { checkBlobModel } from "@bedplate/blob/conformance/model";
import { describeConformance } from "@bedplate/conformance/vitest";
import { type S3Engine, startS3 } from "@bedplate/testkit";
import { describeWithEngines } from "@bedplate/testkit/vitest";
import { afterAll, beforeAll, test } from "vitest";
import { openEngineTarget } from "./engine-kit.ts";

/**
 * Ceph's gateway compares the tag of a delete in one step and deletes in another, so that its URL does
 * not declare conditional deletes. The double does it in one step.
 */
const needConditionalDelete = ["BS17", "BS58", "BS73", "BS74", "BS77"];

describeWithEngines("blob-s3 on a strict S3 server", ["s3-strict"], () => {
  let engine: S3Engine;

  beforeAll(async () => {
    engine = await startS3("strict");
  }, 120_000);
  afterAll(() => engine[Symbol.asyncDispose]());

  const open = () =>
    openEngineTarget(engine, {
      killEngine: async () => {
        await engine.kill();
        await engine.restart();
      },
    });

  describeConformance({
    name: "blob-s3",
    cases: blobConformance,
    open,
    undeclared: ["BS56", ...needConditionalDelete],
    blocked: { BS59: "the disk of the server is not ours to fill" },
  });

  test("random operations do what a map does", () =>
    checkBlobModel(open, { runs: 5, stepsMax: 15 }));
});
