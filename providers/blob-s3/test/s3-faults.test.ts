import { BlobStore } from "@bedplate/blob";
import { faultOf } from "@bedplate/testkit";
import { expect, test } from "vitest";
import { openS3Blob } from "../src/index.ts";
import { FakeS3, isWrite } from "./fake-s3/fake-s3.ts";
import { openOnDouble } from "./open-double.ts";

const bytes = (text: string) => new TextEncoder().encode(text);
const isGet = ({ method }: { readonly method: string }) => method === "GET";
const slowDown = { do: "refuse", status: 503, code: "SlowDown" } as const;

test("bad credentials are refused once, and no message holds a secret", async () => {
  await using fake = await FakeS3.open();
  const url = fake.url();
  for (const [wrong, code] of [
    [url.replace("double:", "nobody:"), "InvalidAccessKeyId"],
    [url.replace("s%2Fecret%2B", "wr%2Fong"), "SignatureDoesNotMatch"],
  ] as const) {
    fake.calm();
    const fault = await faultOf(openS3Blob(wrong, { variables: {} }));
    expect(fault).toMatchObject({ code: "provider.denied", effect: "none", retry: "never" });
    expect(JSON.stringify(fault)).not.toMatch(/wr\/ong|s\/ecret/);
    expect([fake.seen.length, code]).toEqual([1, code]);
  }
});

test("a service with too much to do is left alone, longer each time, by chance, and not for ever", async () => {
  await using double = await openOnDouble();
  const { fake, store, pauses } = double;
  fake.plan(isWrite, slowDown, { times: 2 });
  await store.put("a", bytes("1"));
  expect(pauses.length).toBe(2);
  fake.plan(isWrite, slowDown, { times: 100 });
  fake.seen.length = 0;
  const fault = await faultOf(store.put("a", bytes("2")));
  expect(fault).toMatchObject({ code: "provider.unavailable", effect: "none" });
  expect(fake.seen.filter(isWrite).length).toBe(5);
  for (const [tries, most] of [200, 400, 800, 1_600].entries()) {
    const pause = pauses[2 + tries] ?? 0;
    expect(pause >= most / 2 && pause <= most).toBe(true);
  }
  expect(pauses.every((each) => Number.isInteger(each))).toBe(false);
  fake.calm();
  expect(Buffer.from((await store.get("a")) ?? []).toString()).toBe("1");
});

test.for([
  { trouble: { do: "refuse", status: 500, code: "InternalError" } },
  { trouble: { do: "cut-before" } },
  { trouble: { do: "cut-after" } },
] as const)("one write of a long body that fails is tried again: $trouble", async ({ trouble }) => {
  await using double = await openOnDouble({ partMiB: "5" });
  const { fake, store } = double;
  const body = new Uint8Array(12 * 2 ** 20).map((_, i) => i % 251);
  const isSecond = ({ query }: { readonly query: ReadonlyMap<string, string> }) =>
    query.get("partNumber") === "2";
  fake.plan(isSecond, trouble);
  fake.plan(({ method, query }) => method === "POST" && query.has("uploadId"), trouble);
  const { digest } = await store.put("a", chunksOf(body));
  const read = await store.get("a");
  expect(read && Buffer.compare(read, body)).toBe(0);
  await store.put(digest, chunksOf(body));
  expect([...fake.bucket.objects.keys()].sort()).toEqual([
    "prefix/blobs/a",
    `prefix/blobs/${digest}`,
  ]);
  expect(fake.bucket.uploads.size).toBe(0);
});

test("a conditional write that finds itself in its way has won", async () => {
  await using double = await openOnDouble();
  const { fake, store } = double;
  fake.plan(isWrite, { do: "cut-after" });
  const first = await store.put("a", bytes("1"), { condition: "absent" });
  expect(fake.seen.map(({ method }) => method)).toEqual(["PUT", "HEAD"]);
  fake.plan(isWrite, { do: "refuse", status: 500, code: "InternalError" });
  const second = await store.put("a", bytes("2"), { condition: first });
  expect(await store.stat("a")).toEqual(second);
  const late = await faultOf(store.put("a", bytes("3"), { condition: "absent" }));
  expect(late).toMatchObject({ code: "resource.exists" });
});

test("when a write and what replaced it cannot be told apart from never, nobody is told either", async () => {
  await using double = await openOnDouble();
  const { fake, store } = double;
  await using other = new BlobStore(await openS3Blob(fake.url(), { variables: {} }));
  await other.put("b", bytes("other"));
  const stranger = fake.bucket.objects.get("prefix/blobs/b");
  fake.calm();
  const replace = () => stranger && fake.bucket.objects.set("prefix/blobs/a", stranger);
  fake.plan(isWrite, { do: "cut-after" });
  fake.plan(({ method }) => method === "HEAD", { do: "first", work: replace });
  const fault = await faultOf(store.put("a", bytes("1"), { condition: "absent" }));
  expect(fault).toMatchObject({ code: "provider.indeterminate", effect: "unknown" });
});

test("a write whose every try broke is indeterminate, and one that nobody heard is not", async () => {
  await using double = await openOnDouble();
  const { fake, store } = double;
  fake.plan(isWrite, { do: "cut-before" }, { times: 100 });
  const unclear = await faultOf(store.put("a", bytes("1")));
  expect(unclear).toMatchObject({ code: "provider.indeterminate", retry: "refresh" });
  await fake[Symbol.asyncDispose]();
  const unheard = await faultOf(store.put("a", bytes("1")));
  expect(unheard).toMatchObject({ code: "provider.unavailable", effect: "none" });
});

test("a body that is cut is read on from there, of the same version only", async () => {
  await using double = await openOnDouble();
  const { fake, store } = double;
  const body = new Uint8Array(400_000).map((_, i) => i % 251);
  await store.put("a", body);
  fake.plan(isGet, { do: "truncate", bytes: 150_000 }, { times: 2 });
  const read = await store.get("a");
  expect(read && Buffer.compare(read, body)).toBe(0);
  fake.plan(isGet, { do: "truncate", bytes: 150_000 });
  await using reading = await store.open("a");
  const chunks = reading.body[Symbol.asyncIterator]();
  await chunks.next();
  await store.put("a", new Uint8Array(400_000));
  const rest = (async () => {
    while (!(await chunks.next()).done);
  })();
  expect(await faultOf(rest)).toMatchObject({ code: "version.mismatch" });
  await store.put("b", body);
  fake.plan(isGet, { do: "truncate", bytes: 0 }, { times: 100 });
  expect(await faultOf(store.get("b"))).toMatchObject({ code: "provider.unavailable" });
});

test("bytes that the service did not get as they were sent are sent again", async () => {
  await using double = await openOnDouble();
  const { fake, store } = double;
  fake.plan(isWrite, { do: "refuse", status: 400, code: "BadDigest" });
  await store.put("a", bytes("1"));
  fake.plan(isWrite, { do: "refuse", status: 400, code: "BadDigest" }, { times: 100 });
  expect(await faultOf(store.put("a", bytes("2")))).toMatchObject({
    code: "provider.unavailable",
    effect: "none",
  });
});

test("what the service refuses for good is not tried again", async () => {
  await using double = await openOnDouble();
  const { fake, store } = double;
  for (const [status, code, expected] of [
    [403, "AccessDenied", "provider.denied"],
    [507, "InsufficientCapacity", "quota.exceeded"],
    [400, "InvalidRequest", "provider.unavailable"],
    [404, "NoSuchBucket", "provider.unavailable"],
    [501, "NotImplemented", "provider.unavailable"],
  ] as const) {
    fake.calm();
    fake.plan(isWrite, { do: "refuse", status, code });
    expect(await faultOf(store.put("a", bytes("1")))).toMatchObject({ code: expected });
    expect([code, fake.seen.length]).toEqual([code, 1]);
  }
});

test("a clock that is wrong is corrected once", async () => {
  await using double = await openOnDouble();
  const { fake, store } = double;
  fake.plan(isWrite, { do: "refuse", status: 403, code: "RequestTimeTooSkewed" });
  await store.put("a", bytes("1"));
  expect(fake.seen.filter(isWrite).length).toBe(2);
});

test("a request that stands still ends by itself", async () => {
  await using double = await openOnDouble({ requestTimeoutMs: "3000", attemptsMax: "1" });
  const { fake, store } = double;
  fake.plan(isGet, { do: "delay", ms: 60_000 }, { times: 2 });
  expect(await faultOf(store.get("a"))).toMatchObject({ code: "provider.unavailable" });
});

test("an object of somebody else is no blob, and can be replaced and deleted", async () => {
  await using double = await openOnDouble();
  const { fake, store } = double;
  const there = { bytes: Buffer.from("theirs"), contentType: "text/plain", meta: {} };
  for (const key of ["a", "b"]) fake.bucket.put(`prefix/blobs/${key}`, there, {});
  for (const use of [() => store.get("a"), () => store.stat("a")]) {
    expect(await faultOf(use())).toMatchObject({ code: "data.corrupt" });
  }
  expect(await faultOf(store.put("a", bytes("1"), { condition: "absent" }))).toMatchObject({
    code: "resource.exists",
  });
  await store.put("a", bytes("ours"));
  expect(await store.delete("b")).toBe(true);
});

test("a service that ignores conditions is refused before anything is stored in it", async () => {
  await using fake = await FakeS3.open();
  fake.bucket.ignoresConditions = true;
  const fault = await faultOf(openS3Blob(fake.url(), { variables: {} }));
  expect(fault).toMatchObject({ code: "capability.unproven", blame: "operator" });
  expect(fake.bucket.objects.size).toBe(0);
});

test("a service that ignores the conditions of deletes is refused when its URL declares them", async () => {
  await using fake = await FakeS3.open();
  fake.bucket.ignoresDeleteConditions = true;
  const declaring = fake.url({ conditionalDelete: "true" });
  const fault = await faultOf(openS3Blob(declaring, { variables: {} }));
  expect(fault).toMatchObject({
    code: "capability.unproven",
    detail: { facet: "conditional deletes" },
  });
  expect(fake.bucket.objects.size).toBe(0);
  await using store = new BlobStore(await openS3Blob(fake.url(), { variables: {} }));
  await store.put("a", bytes("1"));
  expect(await store.delete("a")).toBe(true);
  expect(fake.seen.some(({ headers }) => headers["if-match"] !== undefined)).toBe(true);
  fake.calm();
  await store.put("b", bytes("1"));
  await store.delete("b");
  expect(fake.seen.some(({ headers }) => headers["if-match"] !== undefined)).toBe(false);
});

async function* chunksOf(body: Uint8Array): AsyncGenerator<Uint8Array, void, void> {
  for (let at = 0; at < body.byteLength; at += 700_000) yield body.slice(at, at + 700_000);
}
