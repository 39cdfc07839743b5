import type { IncomingHttpHeaders } from "node:http";
import {
  type FakeCondition,
  type FakeObject,
  type FakeObjects,
  FakeRefusal,
} from "./fake-objects.ts";

/** A request as the double sees it. */
export interface FakeRequest {
  readonly method: string;
  /** Without the bucket. */
  readonly key: string;
  readonly query: ReadonlyMap<string, string>;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

/** What goes back. */
export interface FakeAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

/** Does what a request asks, in one step. */
export function answerRequest(bucket: FakeObjects, request: FakeRequest): FakeAnswer {
  const { method, key, query } = request;
  if (key === "") return answerBucket(bucket, request);
  const id = query.get("uploadId");
  if (method === "PUT" && id !== undefined) return answerPart(bucket, request, id);
  if (method === "PUT") return answerPut(bucket, request);
  if (method === "POST" && query.has("uploads")) return answerBegin(bucket, request);
  if (method === "POST" && id !== undefined) return answerComplete(bucket, request, id);
  if (method === "GET" && id !== undefined) return answerParts(bucket, id);
  if (method === "GET" || method === "HEAD") return answerGet(bucket, request);
  if (method !== "DELETE") throw new FakeRefusal(405, "MethodNotAllowed");
  if (id === undefined) bucket.delete(key, conditionOf(request));
  else if (!bucket.uploads.delete(id)) throw new FakeRefusal(404, "NoSuchUpload");
  return { status: 204, headers: {}, body: Buffer.alloc(0) };
}

function answerBucket(bucket: FakeObjects, { method, query }: FakeRequest): FakeAnswer {
  if (method !== "GET") return text("");
  if (query.has("uploads")) return answerUploads(bucket, query.get("prefix") ?? "");
  const prefix = query.get("prefix") ?? "";
  const after = query.get("start-after") ?? "";
  const limit = Number(query.get("max-keys") ?? 1000);
  const keys = [...bucket.objects.keys()]
    .filter((key) => key.startsWith(prefix) && compare(key, after) > 0)
    .sort(compare);
  const rows = keys.slice(0, limit).map((key) => {
    const { bytes, at } = bucket.objects.get(key) as FakeObject;
    const name = query.has("encoding-type") ? escapeKey(key) : key;
    const time = at.toISOString();
    return `<Contents><Key>${name}</Key><Size>${bytes.byteLength}</Size><LastModified>${time}</LastModified></Contents>`;
  });
  const isCut = keys.length > limit;
  return text(
    `<ListBucketResult><IsTruncated>${isCut}</IsTruncated>${rows.join("")}</ListBucketResult>`,
  );
}

function answerUploads(bucket: FakeObjects, prefix: string): FakeAnswer {
  const rows = [...bucket.uploads]
    .filter(([, { key }]) => key.startsWith(prefix))
    .map(([id, { key, at }]) => {
      const time = at.toISOString();
      return `<Upload><Key>${key}</Key><UploadId>${id}</UploadId><Initiated>${time}</Initiated></Upload>`;
    });
  const name = "ListMultipartUploadsResult";
  return text(`<${name}><IsTruncated>false</IsTruncated>${rows.join("")}</${name}>`);
}

function answerParts(bucket: FakeObjects, id: string): FakeAnswer {
  const rows = [...bucket.upload(id).parts].map(
    ([number, bytes]) =>
      `<Part><PartNumber>${number}</PartNumber><Size>${bytes.byteLength}</Size></Part>`,
  );
  return text(`<ListPartsResult>${rows.join("")}</ListPartsResult>`);
}

function answerPut(bucket: FakeObjects, request: FakeRequest): FakeAnswer {
  const object = { bytes: request.body, ...factsOf(request) };
  const { etag } = bucket.put(request.key, object, conditionOf(request));
  return { status: 200, headers: { etag }, body: Buffer.alloc(0) };
}

function answerBegin(bucket: FakeObjects, request: FakeRequest): FakeAnswer {
  const id = bucket.begin({ key: request.key, ...factsOf(request) });
  const name = "InitiateMultipartUploadResult";
  return text(`<${name}><UploadId>${id}</UploadId></${name}>`);
}

function answerPart(bucket: FakeObjects, request: FakeRequest, id: string): FakeAnswer {
  const number = Number(request.query.get("partNumber"));
  const source = request.headers["x-amz-copy-source"];
  if (typeof source !== "string") {
    const etag = bucket.part(id, number, request.body);
    return { status: 200, headers: { etag }, body: Buffer.alloc(0) };
  }
  const [, key = ""] = /^[^/]+\/(.*)$/s.exec(decodeURIComponent(source)) ?? [];
  const ifMatch = request.headers["x-amz-copy-source-if-match"];
  const { bytes } = bucket.find(key, { ifMatch: ifMatch as string | undefined });
  const range = /^bytes=(\d+)-(\d+)$/.exec(String(request.headers["x-amz-copy-source-range"]));
  if (range === null) throw new FakeRefusal(400, "InvalidArgument");
  const etag = bucket.part(id, number, bytes.subarray(Number(range[1]), Number(range[2]) + 1));
  return text(`<CopyPartResult><ETag>${etag}</ETag></CopyPartResult>`);
}

function answerComplete(bucket: FakeObjects, request: FakeRequest, id: string): FakeAnswer {
  const parts = [...request.body.toString().matchAll(/<Part>(.*?)<\/Part>/gs)].map(
    ([, part = ""]) => ({
      number: Number(/<PartNumber>(\d+)/.exec(part)?.[1]),
      etag: (/<ETag>(.*?)<\/ETag>/.exec(part)?.[1] ?? "").replaceAll("&quot;", '"'),
    }),
  );
  const { etag } = bucket.complete(id, parts, conditionOf(request));
  const name = "CompleteMultipartUploadResult";
  return text(`<${name}><ETag>${etag}</ETag></${name}>`);
}

function answerGet(bucket: FakeObjects, request: FakeRequest): FakeAnswer {
  const object = bucket.find(request.key, conditionOf(request));
  const size = object.bytes.byteLength;
  const headers = {
    etag: object.etag,
    "content-type": object.contentType,
    "last-modified": object.at.toUTCString(),
    ...Object.fromEntries(Object.entries(object.meta).map(([k, v]) => [`x-amz-meta-${k}`, v])),
  };
  const { range } = request.headers;
  if (range === undefined) {
    return {
      status: 200,
      headers: { ...headers, "content-length": `${size}` },
      body: object.bytes,
    };
  }
  const { first, last } = rangeOf(range, size);
  const body = object.bytes.subarray(first, last + 1);
  const partial = {
    "content-range": `bytes ${first}-${last}/${size}`,
    "content-length": `${body.byteLength}`,
  };
  return { status: 206, headers: { ...headers, ...partial }, body };
}

function rangeOf(text: string, size: number): { readonly first: number; readonly last: number } {
  const [, from = "", to = ""] = /^bytes=(\d*)-(\d*)$/.exec(text) ?? [];
  const first = from === "" ? Math.max(0, size - Number(to)) : Number(from);
  const last = from === "" || to === "" ? size - 1 : Math.min(Number(to), size - 1);
  if (first >= size) throw new FakeRefusal(416, "InvalidRange");
  return { first, last };
}

function factsOf({ headers }: FakeRequest): Pick<FakeObject, "contentType" | "meta"> {
  const prefix = "x-amz-meta-";
  const meta = Object.entries(headers)
    .filter(([name]) => name.startsWith(prefix))
    .map(([name, value]) => [name.slice(prefix.length), String(value)]);
  return { contentType: headers["content-type"] ?? "", meta: Object.fromEntries(meta) };
}

function conditionOf({ headers }: FakeRequest): FakeCondition {
  return { ifMatch: headers["if-match"], ifNoneMatch: headers["if-none-match"] };
}

function text(body: string): FakeAnswer {
  const xml = Buffer.from(`<?xml version="1.0" encoding="UTF-8"?>${body}`);
  return { status: 200, headers: { "content-type": "application/xml" }, body: xml };
}

function escapeKey(key: string): string {
  return encodeURIComponent(key).replaceAll("%20", "+").replaceAll("%2F", "/");
}

function compare(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}
