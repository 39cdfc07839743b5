import { createHash, createHmac } from "node:crypto";
import type { IncomingHttpHeaders } from "node:http";
import { FakeRefusal } from "./fake-objects.ts";

/** A request, as far as it is signed. */
export interface SignedRequest {
  readonly method: string;
  readonly path: string;
  readonly query: readonly (readonly [string, string])[];
  readonly headers: IncomingHttpHeaders;
}

/** Whose signatures are good. */
export interface FakeAccount {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

const skewMsMax = 15 * 60 * 1_000;

/** Refuses a request that is not signed by the account, in its headers or in its address. */
export function checkSignature(request: SignedRequest, account: FakeAccount): void {
  const signed = readSigned(request);
  const [keyId = "", day = "", region = "", service = ""] = signed.credential.split("/");
  if (keyId !== account.accessKeyId) throw new FakeRefusal(403, "InvalidAccessKeyId");
  checkTime(signed);
  const canonical = [
    request.method,
    request.path,
    canonicalQuery(request.query),
    ...signed.names.map((name) => `${name}:${headerOf(request, name)}`),
    "",
    signed.names.join(";"),
    signed.payload,
  ].join("\n");
  const scope = `${day}/${region}/${service}/aws4_request`;
  const text = ["AWS4-HMAC-SHA256", signed.time, scope, sha256(canonical)].join("\n");
  let key: Buffer = Buffer.from(`AWS4${account.secretAccessKey}`);
  for (const part of scope.split("/")) key = hmac(key, part);
  if (hmac(key, text).toString("hex") !== signed.signature) {
    throw new FakeRefusal(403, "SignatureDoesNotMatch");
  }
}

interface Signed {
  readonly credential: string;
  readonly names: readonly string[];
  readonly signature: string;
  readonly time: string;
  readonly payload: string;
  readonly expiresMs?: number;
}

function readSigned({ headers, query }: SignedRequest): Signed {
  const { authorization } = headers;
  if (authorization === undefined) return readAddress(new Map(query));
  const field = (name: string) => new RegExp(`${name}=([^,]+)`).exec(authorization)?.[1] ?? "";
  return {
    credential: field("Credential"),
    names: field("SignedHeaders").split(";"),
    signature: field("Signature"),
    time: String(headers["x-amz-date"]),
    payload: String(headers["x-amz-content-sha256"]),
  };
}

function readAddress(query: ReadonlyMap<string, string>): Signed {
  const field = (name: string) => query.get(`X-Amz-${name}`) ?? "";
  if (field("Signature") === "") throw new FakeRefusal(403, "AccessDenied");
  return {
    credential: field("Credential"),
    names: field("SignedHeaders").split(";"),
    signature: field("Signature"),
    time: field("Date"),
    payload: "UNSIGNED-PAYLOAD",
    expiresMs: Number(field("Expires")) * 1000,
  };
}

function checkTime({ time, expiresMs }: Signed): void {
  const at = Date.parse(time.replace(/^(....)(..)(..)T(..)(..)(..)Z$/, "$1-$2-$3T$4:$5:$6Z"));
  if (expiresMs !== undefined && Date.now() >= at + expiresMs) {
    throw new FakeRefusal(403, "AccessDenied");
  }
  if (!(Math.abs(Date.now() - at) < skewMsMax)) throw new FakeRefusal(403, "RequestTimeTooSkewed");
}

function canonicalQuery(query: SignedRequest["query"]): string {
  return query
    .filter(([name]) => name !== "X-Amz-Signature")
    .map(([name, value]) => `${escapeText(name)}=${escapeText(value)}`)
    .sort()
    .join("&");
}

function escapeText(text: string): string {
  return encodeURIComponent(text).replace(
    /[!'()*]/g,
    (each) => `%${each.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

function headerOf({ headers }: SignedRequest, name: string): string {
  return String(headers[name] ?? "")
    .trim()
    .replace(/ +/g, " ");
}

function hmac(key: Buffer, text: string): Buffer {
  return createHmac("sha256", key).update(text).digest();
}

function sha256(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}
