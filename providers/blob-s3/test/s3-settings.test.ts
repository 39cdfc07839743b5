import { writeFileSync } from "node:fs";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { BlobStore } from "@bedplate/blob";
import { systemClock } from "@bedplate/clock";
import { silentLog } from "@bedplate/telemetry";
import { faultOf, makeCertificate, openScratchFolder } from "@bedplate/testkit";
import { expect, test } from "vitest";
import { openS3Blob, provider } from "../src/index.ts";
import { readS3Url } from "../src/s3-settings.ts";
import { FakeS3 } from "./fake-s3/fake-s3.ts";

const host = { clock: systemClock, log: silentLog, variables: {} };

test("a URL says where, and nothing else", async () => {
  const { bucket, prefix, settings } = readS3Url("s3://key@some-bucket/a/b/?region=eu-1");
  expect([bucket, prefix, settings.region, settings.partMiB]).toEqual([
    "some-bucket",
    "a/b/",
    "eu-1",
    8,
  ]);
  for (const wrong of [
    "s3:///a",
    "s3://Bucket_/a",
    "s3://bucket:80/a",
    "s3://bucket/a//b",
    "s3://bucket/a/../../b%2F..",
    `s3://bucket/${"a".repeat(401)}`,
    "s3://bucket?endpoint=ftp://x",
    "s3://bucket?endpoint=http://x/path",
    "s3://bucket?partMiB=4",
    "s3://bucket?endpont=http://x",
    "s3://key@bucket?accessKeyId=key",
  ]) {
    const fault = await faultOf(openS3Blob(wrong, host));
    expect([wrong, fault.code]).toEqual([wrong, "argument.invalid"]);
  }
});

test("a secret comes from the URL, a file, a variable of its own, or the variables of AWS", async () => {
  await using fake = await FakeS3.open();
  using folder = openScratchFolder();
  const file = join(folder.path, "secret");
  const secret = fake.account.secretAccessKey;
  writeFileSync(file, `${secret}\n`);
  const bare = fake.url().replace(/:s%2Fecret%2B@/, "@");
  const none = bare.replace("double@", "");
  for (const [url, variables] of [
    [fake.url(), {}],
    [`${bare}&passwordFile=${file}`, {}],
    [`${bare}&passwordVariable=MINE`, { MINE: secret }],
    [`${none}&accessKeyId=double&passwordVariable=MINE`, { MINE: secret }],
    [bare, { AWS_SECRET_ACCESS_KEY: secret }],
    [none, { AWS_ACCESS_KEY_ID: "double", AWS_SECRET_ACCESS_KEY: secret }],
  ] as const) {
    await using store = new BlobStore(await openS3Blob(url, { variables }));
    await store.put("a", new Uint8Array(1));
  }
  const missing = await faultOf(openS3Blob(`${bare}&passwordFile=${file}x`, { variables: {} }));
  expect(missing).toMatchObject({ code: "argument.invalid" });
});

test("a certificate is believed when its authority was named", async () => {
  using folder = openScratchFolder();
  const certificate = makeCertificate();
  const caFile = join(folder.path, "ca.pem");
  writeFileSync(caFile, certificate.certificate);
  const options = { cert: certificate.certificate, key: certificate.privateKey };
  await using held = new AsyncDisposableStack();
  const server = createServer(options, (_request, response) => response.writeHead(403).end());
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", () => resolve()));
  held.defer(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  const url = `s3://key:secret@bucket?endpoint=https://localhost:${port}`;
  expect(await faultOf(openS3Blob(url, host))).toMatchObject({
    code: "provider.unavailable",
    retry: "never",
    blame: "operator",
  });
  const believed = await faultOf(openS3Blob(`${url}&caFile=${caFile}`, host));
  expect(believed).toMatchObject({ code: "provider.denied" });
  const unread = await faultOf(openS3Blob(`${url}&caFile=${caFile}x`, host));
  expect(unread).toMatchObject({ code: "argument.invalid" });
});

test("a scratch place is a prefix of its own, is shared, and leaves nothing", async () => {
  await using fake = await FakeS3.open();
  await using store = new BlobStore(await provider.open(fake.url(), host));
  await store.put("a", new Uint8Array(1));
  {
    await using place = await provider.openScratch(fake.url(), host);
    await using one = new BlobStore(await place.open());
    await using two = new BlobStore(await place.open());
    expect(await one.get("a")).toBeNull();
    await one.put("b", new Uint8Array(2));
    expect((await two.get("b"))?.byteLength).toBe(2);
    await one.uploads.begin("c");
  }
  expect([...fake.bucket.objects.keys()]).toEqual(["prefix/blobs/a"]);
});
