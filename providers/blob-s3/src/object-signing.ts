import type { DriverSigning, SignedAddress } from "@bedplate/blob";
import { raise } from "@bedplate/errors";
import { presign } from "./presign.ts";
import type { S3Bucket } from "./s3-bucket.ts";

/** Makes an address for one object: to read it, or to store exactly the bytes that are named. */
export async function signObject(
  bucket: S3Bucket,
  { key, expiresMs, put }: DriverSigning,
): Promise<SignedAddress> {
  checkKey(key);
  const { credentials, region } = bucket.s3.config;
  const method = put === undefined ? "GET" : "PUT";
  const headers = put === undefined ? {} : headersOf(bucket, put);
  const at = Date.now();
  const expiresSeconds = Math.floor(expiresMs / 1000);
  const url = presign({
    method,
    ...bucket.addressOf(bucket.objectOf(key)),
    headers: put === undefined ? headers : { ...headers, "content-length": String(put.sizeBytes) },
    region: await region(),
    credentials: await credentials(),
    at,
    expiresSeconds,
  });
  return { method, url, headers, expiresAt: at + expiresSeconds * 1000 };
}

/** The service compares what it gets with each of them; and with the length, which nobody needs to be told. */
function headersOf(
  bucket: S3Bucket,
  put: Exclude<DriverSigning["put"], undefined>,
): Record<string, string> {
  const { ContentType, Metadata } = bucket.factsOf(put);
  const hash = Buffer.from(put.digest.slice("sha256:".length), "hex").toString("base64");
  return {
    "content-type": ContentType,
    "x-amz-checksum-sha256": hash,
    // Some services compare a checksum only when they are told which one it is.
    "x-amz-sdk-checksum-algorithm": "SHA256",
    ...Object.fromEntries(
      Object.entries(Metadata).map(([name, value]) => [`x-amz-meta-${name}`, value]),
    ),
  };
}

/** A browser, or `fetch`, would walk up at a part that is a dot or two. */
function checkKey(key: string): void {
  if (!key.split("/").some((part) => part === "." || part === "..")) return;
  throw raise("argument.invalid", {
    op: "blob.sign",
    detail: { path: "/key", rule: "must not have a part that is . or .." },
    message: `Cannot sign an address of the blob "${key}": URLs do not keep its dots`,
  });
}
