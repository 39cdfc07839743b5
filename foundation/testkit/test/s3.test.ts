import {
  CreateBucketCommand,
  GetObjectCommand,
  PutObjectCommand,
  S3Client,
} from "@aws-sdk/client-s3";
import { expect, test } from "vitest";
import { isListening, type S3Engine, type S3Kind, startS3 } from "../src/index.ts";
import { describeWithEngines } from "../src/vitest.ts";

function openClient(engine: S3Engine, secretAccessKey = engine.secretKey): S3Client {
  return new S3Client({
    endpoint: engine.endpoint,
    region: engine.region,
    forcePathStyle: true,
    maxAttempts: 1,
    credentials: { accessKeyId: engine.accessKey, secretAccessKey },
  });
}

const object = { Bucket: "bucket", Key: "k" };

async function get(engine: S3Engine): Promise<string | undefined> {
  const { Body } = await openClient(engine).send(new GetObjectCommand(object));
  return Body?.transformToString();
}

async function startWithObject(kind: S3Kind): Promise<S3Engine> {
  const engine = await startS3(kind);
  const client = openClient(engine);
  await client.send(new CreateBucketCommand({ Bucket: "bucket" }));
  await client.send(new PutObjectCommand({ ...object, Body: "first" }));
  return engine;
}

const second = new PutObjectCommand({ ...object, Body: "second", IfNoneMatch: "*" });

describeWithEngines("S3, light", ["s3-light"], () => {
  test("a server keeps objects and conditions, and leaves nothing", async () => {
    const engine = await startWithObject("light");
    const url = new URL(engine.url);
    expect([url.username, url.password]).toEqual([engine.accessKey, engine.secretKey]);
    expect(await get(engine)).toBe("first");
    await expect(openClient(engine).send(second)).rejects.toMatchObject({
      name: "PreconditionFailed",
    });
    await engine[Symbol.asyncDispose]();
    expect(await isListening(engine.port)).toBe(false);
  });
});

describeWithEngines("S3, strict", ["s3-strict"], () => {
  test("a server keeps objects and conditions, checks who asks, and survives a kill", async () => {
    await using engine = await startWithObject("strict");
    await expect(openClient(engine).send(second)).rejects.toMatchObject({
      name: "PreconditionFailed",
    });
    const stranger = openClient(engine, "wrong").send(new GetObjectCommand(object));
    await expect(stranger).rejects.toMatchObject({ name: "SignatureDoesNotMatch" });
    await engine.kill();
    expect(await isListening(engine.port)).toBe(false);
    await engine.restart();
    expect(await get(engine)).toBe("first");
  });
});
