import type { Readable } from "node:stream";
import type { BlobInfo, BlobRange, ByteRange, DriverReading } from "@bedplate/blob";
import { raise } from "@bedplate/errors";
import { RequestRefused } from "./s3-attempts.ts";
import { blobIn, type FoundObject, type ObjectBody, type S3Bucket } from "./s3-bucket.ts";
import { failureOf, mayPass } from "./s3-failure.ts";
import { faultOfS3 } from "./s3-fault.ts";

const op = "blob.open";

/** How often in a row a body may break before any of it has come. */
const breaksMax = 4;

/** Opens a blob; the range that will be read first is on its way already. */
export async function openObject(
  bucket: S3Bucket,
  key: string,
  first: BlobRange | undefined,
): Promise<DriverReading | null> {
  const range = rangeText(first);
  const begun = range === null ? null : await beginOrNull(bucket, key, range);
  const found = begun ?? (await bucket.find(op, key));
  if (found === null) return null;
  try {
    return new ObjectReading(bucket, { found, info: blobIn(found, key), begun });
  } catch (error) {
    begun?.body.destroy();
    throw error;
  }
}

/** Null when there is none, and when the range lies outside: then a look at the object says which. */
async function beginOrNull(
  bucket: S3Bucket,
  key: string,
  range: string | undefined,
): Promise<ObjectBody | null> {
  try {
    return await bucket.read(op, key, { range });
  } catch (error) {
    if (isOutside(error)) return null;
    throw error;
  }
}

class ObjectReading implements DriverReading {
  readonly info: BlobInfo;
  readonly #bucket: S3Bucket;
  readonly #found: FoundObject;
  #begun: ObjectBody | null;

  constructor(
    bucket: S3Bucket,
    parts: {
      readonly found: FoundObject;
      readonly info: BlobInfo;
      readonly begun: ObjectBody | null;
    },
  ) {
    this.#bucket = bucket;
    this.#found = parts.found;
    this.#begun = parts.begun;
    this.info = parts.info;
  }

  async *read({ offset, length }: ByteRange): AsyncGenerator<Uint8Array, void, void> {
    const end = offset + length;
    let breaks = 0;
    for (let at = offset; at < end; ) {
      const body = await this.#bodyFrom(at, end);
      try {
        for await (const chunk of body) {
          yield chunk;
          at += (chunk as Uint8Array).byteLength;
          breaks = 0;
        }
        // The service says that this is all; whoever counts will see that it is not.
        if (at < end) return;
      } catch (error) {
        if (!mayPass(failureOf(error)) || ++breaks > breaksMax) throw faultOfS3(error, op);
      } finally {
        body.destroy();
      }
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#take()?.body.destroy();
  }

  /** The body that is on its way already serves the first read. */
  async #bodyFrom(at: number, end: number): Promise<Readable> {
    const begun = this.#take();
    if (begun?.first.offset === at && at + begun.first.length === end) return begun.body;
    begun?.body.destroy();
    const { etag } = this.#found;
    const range = `bytes=${at}-${end - 1}`;
    const body = await this.#readAgain(range, etag);
    if (body?.version === this.info.version) return body.body;
    body?.body.destroy();
    throw this.#replacedFault();
  }

  async #readAgain(range: string, etag: string): Promise<ObjectBody | null> {
    try {
      return await this.#bucket.read(op, this.info.key, { range, etag });
    } catch (error) {
      if (error instanceof RequestRefused) return null;
      throw error;
    }
  }

  #take(): ObjectBody | null {
    const begun = this.#begun;
    this.#begun = null;
    return begun;
  }

  #replacedFault(): Error {
    const { key, version } = this.info;
    return raise("version.mismatch", {
      op: "blob.read",
      subject: key,
      detail: { expected: version, actual: "another" },
      message: `Cannot go on reading the blob "${key}": the version that was opened is gone`,
    });
  }
}

/** The range as HTTP writes it; null when it has no bytes to ask for. */
function rangeText(range: BlobRange | undefined): string | undefined | null {
  if (range === undefined) return undefined;
  if ("last" in range) return range.last === 0 ? null : `bytes=-${range.last}`;
  const { offset, length } = range;
  if (length === undefined) return `bytes=${offset}-`;
  return length === 0 ? null : `bytes=${offset}-${offset + length - 1}`;
}

function isOutside(error: unknown): boolean {
  return error instanceof RequestRefused && error.kind === "range";
}
