import type { Readable } from "node:stream";
import type { S3 } from "@aws-sdk/client-s3";
import type {
  BlobEntry,
  BlobHead,
  BlobInfo,
  BlobVersion,
  ByteRange,
  DriverBlobRange,
  SealedBody,
} from "@bedplate/blob";
import { raise } from "@bedplate/errors";
import { decodeHead, encodeHead, metadataName } from "./object-head.ts";
import { escapePath } from "./object-path.ts";
import type { S3Attempts } from "./s3-attempts.ts";

/** What is stored under a key: as it is found, with the tag that conditions compare. */
export interface FoundObject {
  readonly etag: string;
  /** Of an object that somebody else has written: a version of no blob. */
  readonly version: BlobVersion;
  readonly info: BlobInfo | undefined;
}

/** What a write asks of the object that it replaces. */
export interface Precondition {
  readonly IfMatch?: string;
  readonly IfNoneMatch?: string;
}

/** The bytes of an object, on their way. */
export interface ObjectBody extends FoundObject {
  readonly body: Readable;
  /** Which bytes of the object they are. */
  readonly first: ByteRange;
}

/** How a bucket is reached, and where in it the blobs are. */
export interface S3BucketParts {
  readonly s3: S3;
  /** Scheme, host and port of the service. */
  readonly origin: string;
  readonly isPathStyle: boolean;
  readonly bucket: string;
  readonly prefix: string;
  readonly attempts: S3Attempts;
}

const foreignVersion = "foreign";

/** Single requests about objects. Blobs lie under `blobs/`, what is under way under `staging/`. */
export class S3Bucket {
  readonly s3: S3;
  readonly bucket: string;
  readonly attempts: S3Attempts;
  readonly blobs: string;
  readonly staging: string;
  readonly #parts: S3BucketParts;

  constructor(parts: S3BucketParts) {
    const { s3, bucket, prefix, attempts } = parts;
    this.#parts = parts;
    this.s3 = s3;
    this.bucket = bucket;
    this.attempts = attempts;
    this.blobs = `${prefix}blobs/`;
    this.staging = `${prefix}staging/`;
  }

  objectOf(key: string): string {
    return `${this.blobs}${key}`;
  }

  /** Where an object answers. */
  addressOf(object: string): { readonly origin: string; readonly path: string } {
    const { origin, isPathStyle, bucket } = this.#parts;
    if (isPathStyle) return { origin, path: `/${bucket}/${escapePath(object)}` };
    return { origin: origin.replace("://", `://${bucket}.`), path: `/${escapePath(object)}` };
  }

  /** What the object of a blob is made with. */
  factsOf(head: BlobHead & Pick<SealedBody, "digest">): {
    readonly ContentType: string;
    readonly Metadata: Record<string, string>;
  } {
    return { ContentType: head.contentType, Metadata: { [metadataName]: encodeHead(head) } };
  }

  /** What is there; null when nothing is. */
  find(op: string, key: string): Promise<FoundObject | null> {
    return this.attempts.repeat(op, async (abortSignal) => {
      const input = { Bucket: this.bucket, Key: this.objectOf(key) };
      const answer = await this.s3.headObject(input, { abortSignal });
      return this.#found(key, answer, answer.ContentLength ?? 0);
    });
  }

  /** Begins to read; `range` as HTTP writes it. Null when nothing is there. */
  read(
    op: string,
    key: string,
    { range, etag }: { readonly range?: string | undefined; readonly etag?: string | undefined },
  ): Promise<ObjectBody | null> {
    return this.attempts.repeat(op, async (abortSignal) => {
      const answer = await this.s3.getObject(
        {
          Bucket: this.bucket,
          Key: this.objectOf(key),
          ...(range !== undefined && { Range: range }),
          ...(etag !== undefined && { IfMatch: etag }),
        },
        { abortSignal },
      );
      const length = answer.ContentLength ?? 0;
      const [, offset = 0, sizeBytes = length] = rangeForm.exec(answer.ContentRange ?? "") ?? [];
      const first = { offset: Number(offset), length };
      const found = this.#found(key, answer, Number(sizeBytes));
      return { ...found, first, body: answer.Body as Readable };
    });
  }

  /** Stores bytes in one request. */
  async put(
    head: BlobHead & SealedBody,
    bytes: Uint8Array,
    precondition: Precondition,
  ): Promise<void> {
    const op = "blob.put";
    const checksum = Buffer.from(head.digest.slice("sha256:".length), "hex").toString("base64");
    await this.attempts.write(
      op,
      async (abortSignal) => {
        await this.s3.putObject(
          {
            Bucket: this.bucket,
            Key: this.objectOf(head.key),
            Body: bytes,
            ContentLength: bytes.byteLength,
            ChecksumAlgorithm: "SHA256",
            ChecksumSHA256: checksum,
            ...this.factsOf(head),
            ...precondition,
          },
          { abortSignal },
        );
        return "done";
      },
      () => this.findOwn(op, head),
    );
  }

  /** The tag of the object, when exactly this write of it is there. */
  async findOwn(op: string, { key, version }: BlobHead): Promise<string | null> {
    const found = await this.find(op, key);
    return found?.version === version ? found.etag : null;
  }

  /** Deletes an object; throws `RequestRefused` when another tag was to be there. */
  async delete(
    op: string,
    key: string,
    precondition: Pick<Precondition, "IfMatch">,
  ): Promise<void> {
    await this.attempts.write(
      op,
      async (abortSignal) => {
        const input = { Bucket: this.bucket, Key: this.objectOf(key), ...precondition };
        await this.s3.deleteObject(input, { abortSignal });
        return "done";
      },
      // Another version may have come after the delete, or in its place.
      async () => ((await this.find(op, key)) === null ? "done" : null),
    );
  }

  /** Keys behind `after`, in their order; fewer than `limit` when there are no more. */
  async list(op: string, { prefix, after, limit }: DriverBlobRange): Promise<readonly BlobEntry[]> {
    const blobs: BlobEntry[] = [];
    let start = after;
    for (;;) {
      const input = {
        Bucket: this.bucket,
        Prefix: this.objectOf(prefix),
        MaxKeys: limit - blobs.length,
        EncodingType: "url" as const,
        ...(start !== undefined && { StartAfter: this.objectOf(start) }),
      };
      const answer = await this.attempts.repeat(op, (abortSignal) =>
        this.s3.listObjectsV2(input, { abortSignal }),
      );
      for (const { Key = "", Size: sizeBytes = 0 } of answer?.Contents ?? []) {
        blobs.push({ key: decodeKey(Key).slice(this.blobs.length), sizeBytes });
      }
      if (answer?.IsTruncated !== true || blobs.length >= limit) return blobs;
      start = blobs.at(-1)?.key;
    }
  }

  /** The tag of any object; null when there is none. */
  tagOf(op: string, object: string): Promise<string | null> {
    return this.attempts.repeat(op, async (abortSignal) => {
      const input = { Bucket: this.bucket, Key: object };
      return (await this.s3.headObject(input, { abortSignal })).ETag ?? "";
    });
  }

  /** Deletes any object, whatever it is. */
  async drop(op: string, object: string): Promise<void> {
    await this.attempts.repeat(op, (abortSignal) =>
      this.s3.deleteObject({ Bucket: this.bucket, Key: object }, { abortSignal }),
    );
  }

  #found(key: string, answer: Answer, sizeBytes: number): FoundObject {
    const { ETag: etag = "", ContentType: contentType = "", Metadata } = answer;
    const info = decodeHead(Metadata?.[metadataName], { key, sizeBytes, contentType });
    return { etag, version: info?.version ?? foreignVersion, info };
  }
}

/** Of an answer: `bytes 0-9/100`. */
const rangeForm = /^bytes (\d+)-\d+\/(\d+)$/;

interface Answer {
  readonly ETag?: string | undefined;
  readonly ContentType?: string | undefined;
  readonly Metadata?: Record<string, string> | undefined;
}

/** The blob of an object; throws `data.corrupt` when somebody else has written the object. */
export function blobIn({ info }: FoundObject, key: string): BlobInfo {
  if (info !== undefined) return info;
  throw raise("data.corrupt", {
    op: "blob.read",
    subject: key,
    detail: { what: key },
    message: `Cannot read the blob "${key}": its object was not written by this driver`,
  });
}

/** Keys come as in a form: a blank is a plus. */
function decodeKey(text: string): string {
  return decodeURIComponent(text.replaceAll("+", " "));
}
