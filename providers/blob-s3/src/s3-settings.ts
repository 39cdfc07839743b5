import { raise } from "@bedplate/errors";
import { type ProviderUrl, readProviderUrl } from "@bedplate/provider";
import { defineSchema, type Schema, Type } from "@bedplate/schema";

/** What may stand in the query of an S3 URL. */
export interface S3Settings {
  /** Where the service answers. Default: Amazon's, for the region. */
  readonly endpoint?: string | undefined;
  /** Default: `AWS_REGION`, else us-east-1. */
  readonly region?: string | undefined;
  /** The bucket stands in the path, not in the host name. Default: true with an `endpoint`. */
  readonly forcePathStyle?: boolean | undefined;
  /** May stand before the @ instead; without one the usual places of AWS are searched. */
  readonly accessKeyId?: string | undefined;
  /** The service compares and deletes in one step; only who runs it can know. */
  readonly conditionalDelete: boolean;
  /** Certificates of authorities, in PEM. */
  readonly caFile?: string | undefined;
  /** Bytes of one part of a long body; four of them are on their way at once. */
  readonly partMiB: number;
  /** Tries of one request, the first one among them. */
  readonly attemptsMax: number;
  /** Most connections at the same time. */
  readonly connectionsMax: number;
  readonly connectTimeoutMs: number;
  /** How long one request may take, and how long a body may stand still. */
  readonly requestTimeoutMs: number;
}

const timeoutMsMax = 600_000;

/** The settings as a schema. */
export const s3Settings: Schema<S3Settings> = defineSchema(
  Type.Object(
    {
      endpoint: Type.Optional(Type.String({ pattern: "^https?://[^/?#@]+/?$" })),
      region: Type.Optional(Type.String({ pattern: "^[a-z0-9-]{1,40}$" })),
      forcePathStyle: Type.Optional(Type.Boolean()),
      accessKeyId: Type.Optional(Type.String({ minLength: 1 })),
      conditionalDelete: Type.Boolean({ default: false }),
      caFile: Type.Optional(Type.String({ minLength: 1 })),
      partMiB: Type.Integer({ default: 8, minimum: 5, maximum: 512 }),
      attemptsMax: Type.Integer({ default: 5, minimum: 1, maximum: 20 }),
      connectionsMax: Type.Integer({ default: 64, minimum: 1, maximum: 1_024 }),
      connectTimeoutMs: Type.Integer({ default: 5_000, minimum: 10, maximum: timeoutMsMax }),
      requestTimeoutMs: Type.Integer({ default: 60_000, minimum: 10, maximum: timeoutMsMax }),
    },
    { additionalProperties: false },
  ),
);

/** The schemes of S3 URLs. */
export const s3Schemes: readonly string[] = ["s3"];

/** What an S3 URL names. */
export interface S3Place extends ProviderUrl<S3Settings> {
  readonly bucket: string;
  /** Begins the key of every object; empty, or ends with a slash. */
  readonly prefix: string;
}

/** What S3 allows for a key, less what stands around ours. */
const prefixBytesMax = 400;

/** Reads an S3 URL: `s3://accessKeyId@bucket/prefix?endpoint=http://127.0.0.1:9000`. */
export function readS3Url(text: string): S3Place {
  const read = readProviderUrl(text, { schemes: s3Schemes, settings: s3Settings });
  const bucket = read.url.hostname;
  if (!/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(bucket)) throw refuse("its bucket is no name");
  if (read.url.port !== "") throw refuse("a port belongs to the endpoint, not to the bucket");
  const path = decodeURIComponent(read.url.pathname).replace(/^\/+|\/+$/g, "");
  if (Buffer.byteLength(path) > prefixBytesMax) throw refuse("its path is too long");
  if (/(^|\/)\.{0,2}(\/|$)/.test(path) && path !== "") throw refuse("its path has an empty part");
  if (read.username !== "" && read.settings.accessKeyId !== undefined) {
    throw refuse("it has two access keys");
  }
  return { ...read, bucket, prefix: path === "" ? "" : `${path}/` };
}

function refuse(what: string): Error {
  return raise("argument.invalid", {
    op: "provider.open",
    detail: { path: "", rule: what },
    message: `Cannot open the S3 bucket: ${what}`,
    blame: "operator",
  });
}
