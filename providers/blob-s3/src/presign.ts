import { createHash, createHmac } from "node:crypto";
import { escapeText } from "./object-path.ts";

/** A request to be signed in its URL (AWS Signature Version 4). */
export interface Presigning {
  readonly method: "GET" | "PUT";
  /** Scheme, host and port. */
  readonly origin: string;
  /** Escaped. */
  readonly path: string;
  /** Names in lower case; whoever uses the address sends exactly these. */
  readonly headers: Readonly<Record<string, string>>;
  readonly region: string;
  readonly credentials: {
    readonly accessKeyId: string;
    readonly secretAccessKey: string;
    readonly sessionToken?: string | undefined;
  };
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly expiresSeconds: number;
}

const algorithm = "AWS4-HMAC-SHA256";

/** The URL that does what the request says, until it expires. */
export function presign(request: Presigning): string {
  const { origin, path, credentials, region, at, expiresSeconds } = request;
  const time = new Date(at).toISOString().replace(/[-:]|\.\d+/g, "");
  const scope = `${time.slice(0, 8)}/${region}/s3/aws4_request`;
  const headers = { host: new URL(origin).host, ...request.headers };
  const query = queryOf({
    "X-Amz-Algorithm": algorithm,
    "X-Amz-Credential": `${credentials.accessKeyId}/${scope}`,
    "X-Amz-Date": time,
    "X-Amz-Expires": String(expiresSeconds),
    "X-Amz-SignedHeaders": Object.keys(headers).sort().join(";"),
    ...(credentials.sessionToken !== undefined && {
      "X-Amz-Security-Token": credentials.sessionToken,
    }),
  });
  const canonical = canonicalOf(request, { headers, query });
  const text = [algorithm, time, scope, sha256(canonical)].join("\n");
  const signature = sign(keyOf(credentials.secretAccessKey, scope), text).toString("hex");
  return `${origin}${path}?${query}&X-Amz-Signature=${signature}`;
}

function canonicalOf(
  { method, path }: Presigning,
  parts: { readonly headers: Readonly<Record<string, string>>; readonly query: string },
): string {
  const names = Object.keys(parts.headers).sort();
  const lines = names.map((name) => `${name}:${parts.headers[name]?.trim()}\n`).join("");
  return [method, path, parts.query, lines, names.join(";"), "UNSIGNED-PAYLOAD"].join("\n");
}

function queryOf(values: Readonly<Record<string, string>>): string {
  return Object.entries(values)
    .map(([name, value]) => `${escapeText(name)}=${escapeText(value)}`)
    .sort()
    .join("&");
}

/** The key of one day, region and service, from the secret. */
function keyOf(secret: string, scope: string): Buffer {
  return scope
    .split("/")
    .reduce<Buffer>((key, part) => sign(key, part), Buffer.from(`AWS4${secret}`));
}

function sign(key: Buffer, text: string): Buffer {
  return createHmac("sha256", key).update(text).digest();
}

function sha256(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}
