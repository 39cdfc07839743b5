import { blobConformance } from "@bedplate/blob/conformance";
import { runCase } from "@bedplate/conformance";
import { type S3Engine, startS3 } from "@bedplate/testkit";
import { describeWithEngines } from "@bedplate/testkit/vitest";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openEngineTarget } from "./engine-kit.ts";

/**
 * The server is no store to keep anything in: it loses dots of keys, shows objects before their
 * metadata, and compares no tags when an upload is completed. So it is no subject of the suite; what
 * is done with it on a laptop works, and nothing else is claimed.
 */
const smoke = [
  "BS01",
  "BS02",
  "BS04",
  "BS11",
  "BS15",
  "BS19",
  "BS26",
  "BS33",
  "BS37",
  "BS43",
  "BS55",
] as const;

describeWithEngines("blob-s3 on a light S3 server: smoke", ["s3-light"], () => {
  let engine: S3Engine;

  beforeAll(async () => {
    engine = await startS3("light");
  }, 60_000);
  afterAll(() => engine[Symbol.asyncDispose]());

  test.for(smoke)("%s passes", async (id) => {
    const each = blobConformance.find((other) => other.id === id);
    const result = each && (await runCase(each, () => openEngineTarget(engine)));
    expect(result).toEqual({ id, law: each?.law, verdict: "pass" });
  });
});
