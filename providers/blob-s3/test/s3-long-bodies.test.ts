import { digestBytes } from "@bedplate/codec";
import { expect, test } from "vitest";
import type { FakeS3 } from "./fake-s3/fake-s3.ts";
import { openOnDouble } from "./open-double.ts";

const mebibyte = 2 ** 20;
const body = new Uint8Array(12 * mebibyte).map((_, i) => (i * 7) % 251);
const digest = digestBytes(body);

function* chunks(): Generator<Uint8Array, void, void> {
  for (let at = 0; at < body.byteLength; at += mebibyte) yield body.slice(at, at + mebibyte);
}

async function* streamed(): AsyncGenerator<Uint8Array, void, void> {
  yield* chunks();
}

function kindsOf(fake: FakeS3): readonly string[] {
  return fake.seen.map(({ method, query, headers }) => {
    if (headers["x-amz-copy-source"] !== undefined) return "copy part";
    if (query.has("partNumber")) return "part";
    if (query.has("uploads")) return "begin";
    return query.has("uploadId") ? `${method} upload` : method;
  });
}

test("a body whose digest is known goes to its place in parts", async () => {
  await using double = await openOnDouble({ partMiB: "5" });
  const { fake, store } = double;
  const expected = { digest, sizeBytes: body.byteLength };
  await store.put("a", streamed(), { expect: expected, condition: "absent" });
  expect(kindsOf(fake)).toEqual(["begin", "part", "part", "part", "POST upload"]);
  expect(await store.stat("a")).toMatchObject(expected);
});

test("a body that turns out to be another leaves nothing, also when its parts are there", async () => {
  await using double = await openOnDouble({ partMiB: "5" });
  const { fake, store } = double;
  const wrong = { digest: digestBytes(new Uint8Array()), sizeBytes: body.byteLength };
  await expect(store.put("a", streamed(), { expect: wrong })).rejects.toThrow();
  expect([fake.bucket.objects.size, fake.bucket.uploads.size]).toEqual([0, 0]);
});

test("a body whose digest nobody knows is staged, and copied by the service", async () => {
  await using double = await openOnDouble({ partMiB: "5" });
  const { fake, store } = double;
  const info = await store.put("a", streamed(), { metadata: { a: "1" } });
  expect(info.digest).toBe(digest);
  const staging = ["begin", "part", "part", "part", "POST upload"];
  const copying = ["begin", "copy part", "POST upload", "DELETE"];
  expect(kindsOf(fake)).toEqual([...staging, ...copying]);
  expect([...fake.bucket.objects.keys()]).toEqual(["prefix/blobs/a"]);
  const read = await store.get("a");
  expect(read && Buffer.compare(read, body)).toBe(0);
});

test("a refused long body leaves nothing", async () => {
  await using double = await openOnDouble({ partMiB: "5" });
  const { fake, store } = double;
  await store.put("a", new Uint8Array(1));
  const before = fake.bucket.objects.get("prefix/blobs/a");
  const condition = "absent";
  for (const options of [
    { condition },
    { condition, expect: { digest, sizeBytes: body.byteLength } },
  ] as const) {
    await expect(store.put("a", streamed(), options)).rejects.toThrow("it exists");
  }
  expect([...fake.bucket.objects]).toEqual([["prefix/blobs/a", before]]);
  expect(fake.bucket.uploads.size).toBe(0);
});

test("the same bytes on a version get another tag, short and long", async () => {
  await using double = await openOnDouble({ partMiB: "5" });
  const { fake, store } = double;
  const tag = () => fake.bucket.objects.get("prefix/blobs/a")?.etag;
  for (const same of [() => new Uint8Array(3), streamed]) {
    let info = await store.put("a", same());
    for (let i = 0; i < 3; i++) {
      const before = tag();
      info = await store.put("a", same(), { condition: info });
      expect(tag()).not.toBe(before);
    }
  }
});

test("the service copies what is long, and of the version that was looked at", async () => {
  await using double = await openOnDouble({ partMiB: "5" });
  const { fake, store } = double;
  const source = await store.put("a", streamed());
  fake.calm();
  await store.copy({ from: "a", to: "b" });
  expect(kindsOf(fake)).toEqual(["HEAD", "HEAD", "begin", "copy part", "POST upload"]);
  const isCopy = ({ headers }: { headers: object }) => "x-amz-copy-source" in headers;
  const replace = () =>
    fake.bucket.put("prefix/blobs/a", { bytes: Buffer.alloc(6), contentType: "x", meta: {} }, {});
  fake.plan(isCopy, { do: "first", work: replace });
  await expect(store.copy({ from: "a", version: source.version, to: "c" })).rejects.toThrow();
  expect(await store.stat("c")).toBeNull();
  expect(fake.bucket.uploads.size).toBe(0);
});

test("sweep ends old uploads and deletes old staged objects, and leaves young ones", async () => {
  await using double = await openOnDouble();
  const { fake, store } = double;
  const object = { bytes: Buffer.alloc(1), contentType: "", meta: {}, etag: '"x"' };
  const day = 24 * 60 * 60 * 1_000;
  for (const [name, ageMs] of [
    ["old", 2 * day],
    ["young", day / 2],
  ] as const) {
    const at = new Date(Date.now() - ageMs);
    fake.bucket.objects.set(`prefix/staging/${name}`, { ...object, at });
    const upload = { key: "prefix/blobs/a", contentType: "", meta: {}, parts: new Map() };
    fake.bucket.uploads.set(name, { ...upload, at });
  }
  await store.sweep();
  expect([...fake.bucket.objects.keys(), ...fake.bucket.uploads.keys()]).toEqual([
    "prefix/staging/young",
    "young",
  ]);
});
