import { hash } from "node:crypto";
import type { BlobCondition, BlobHead, BlobInfo, DriverBody, Refused } from "@bedplate/blob";
import { raise } from "@bedplate/errors";
import { partsOf } from "./body-parts.ts";
import { type ObjectSource, ObjectUpload } from "./object-upload.ts";
import { RequestRefused } from "./s3-attempts.ts";
import type { FoundObject, Precondition, S3Bucket } from "./s3-bucket.ts";
import { faultOfS3 } from "./s3-fault.ts";

const op = "blob.put";
const mebibyte = 1024 * 1024;

/** The service copies at most 5 GiB as one part, and some services do it while we wait. */
const copyBytesMax = 512 * mebibyte;

/** Only the last part may be smaller. */
const partBytesMin = 5 * mebibyte;

/** Stores bodies: short ones in one request, long ones in parts; each appears in one instant. */
export class ObjectWriter {
  readonly #bucket: S3Bucket;
  readonly #partBytes: number;

  constructor(bucket: S3Bucket, partBytes: number) {
    this.#bucket = bucket;
    this.#partBytes = partBytes;
  }

  /** Stores a body of any length, with few parts of it in memory. */
  async write(
    head: BlobHead,
    body: DriverBody,
    condition: BlobCondition | undefined,
  ): Promise<BlobInfo | Refused> {
    const parts = partsOf(body.chunks, this.#partBytes);
    const held = await take(parts, 2);
    if (held.length < 2) {
      const [bytes = nothing] = held;
      return this.writeWhole({ ...head, ...body.sealed() }, bytes, condition);
    }
    const long = { head, body, parts: goOn(held, parts) };
    // What an object says of itself is said when it is begun. So is the digest, when it is known; but
    // whoever replaces a version must first know that the tag will be another (see `otherTag`).
    const { digest, sizeBytes } = body.expect;
    const isKnown = digest !== undefined && sizeBytes !== undefined;
    return isKnown && typeof condition !== "object"
      ? this.#writeInPlace(long, { ...head, digest, sizeBytes }, condition)
      : this.#writeStaged(long, condition);
  }

  /** Stores bytes that are all here. */
  writeWhole(
    info: BlobInfo,
    bytes: Uint8Array,
    condition: BlobCondition | undefined,
  ): Promise<BlobInfo | Refused> {
    return this.#decide(info, condition, async (precondition) => {
      // The same bytes have the same tag, so who replaces them would not be noticed by the next one
      // that compares tags. As an object of one part they have another.
      if (precondition.IfMatch !== `"${hash("md5", bytes)}"`) {
        return this.#bucket.put(info, bytes, precondition);
      }
      return this.#assemble(info, precondition, (upload) => upload.sendAll(once(bytes)));
    });
  }

  /** Lets the service copy an object; null when that object is not there any more. */
  async copy(
    source: ObjectSource,
    info: BlobInfo,
    condition: BlobCondition | undefined,
  ): Promise<BlobInfo | Refused | null> {
    try {
      return await this.#decide(info, condition, (precondition, replaced) => {
        const partBytes = otherTag(info, replaced);
        return this.#assemble(info, precondition, (upload) =>
          copyAll(upload, source, { sizeBytes: info.sizeBytes, partBytes }),
        );
      });
    } catch (error) {
      if (error instanceof SourceGone) return null;
      throw error;
    }
  }

  async #writeInPlace(
    { parts, body }: LongBody,
    info: BlobInfo,
    condition: BlobCondition | undefined,
  ): Promise<BlobInfo | Refused> {
    return this.#decide(info, condition, (precondition) =>
      this.#assemble(info, precondition, async (upload) => {
        await upload.sendAll(parts);
        body.sealed();
      }),
    );
  }

  /** The body becomes an object that nobody looks for, and the service copies it to its place. */
  async #writeStaged(
    { head, parts, body }: LongBody,
    condition: BlobCondition | undefined,
  ): Promise<BlobInfo | Refused> {
    const object = `${this.#bucket.staging}${head.version}`;
    try {
      const etag = await this.#stage(object, parts);
      const info = { ...head, ...body.sealed() };
      const answer = await this.copy({ object, etag }, info, condition);
      if (answer === null) throw sweptFault();
      return answer;
    } finally {
      await this.#bucket.drop(op, object).catch(() => {});
    }
  }

  async #stage(object: string, parts: AsyncIterable<Uint8Array>): Promise<string> {
    const upload = await ObjectUpload.begin(this.#bucket, object, {});
    try {
      await upload.sendAll(parts);
      return await upload.complete({}, () => this.#bucket.tagOf(op, object));
    } catch (error) {
      await upload.abort();
      throw error;
    }
  }

  async #assemble(
    info: BlobInfo,
    precondition: Precondition,
    fill: (upload: ObjectUpload) => Promise<void>,
  ): Promise<void> {
    const { objectOf, factsOf } = this.#bucket;
    const object = objectOf.call(this.#bucket, info.key);
    const upload = await ObjectUpload.begin(this.#bucket, object, factsOf.call(this.#bucket, info));
    try {
      await fill(upload);
      await upload.complete(precondition, () => this.#bucket.findOwn(op, info));
    } catch (error) {
      await upload.abort();
      throw error;
    }
  }

  /** Looks at what is there, when a version is asked for, and lets the service compare once more. */
  async #decide(
    info: BlobInfo,
    condition: BlobCondition | undefined,
    commit: (precondition: Precondition, replaced: FoundObject | null) => Promise<void>,
  ): Promise<BlobInfo | Refused> {
    const isVersion = typeof condition === "object";
    const replaced = isVersion ? await this.#bucket.find(op, info.key) : null;
    if (isVersion && replaced?.version !== condition.version) {
      return { found: replaced?.version ?? null };
    }
    try {
      await commit(preconditionOf(condition, replaced), replaced);
      return info;
    } catch (error) {
      if (!(error instanceof RequestRefused)) throw error;
      if (condition === undefined) throw faultOfS3(error.cause, op);
      const found = await this.#bucket.find(op, info.key);
      return { found: found?.version ?? null };
    }
  }
}

interface LongBody {
  readonly head: BlobHead;
  readonly body: DriverBody;
  readonly parts: AsyncIterable<Uint8Array>;
}

const nothing = new Uint8Array();

/** The object that was to be copied was replaced or deleted. */
class SourceGone extends Error {}

async function copyAll(
  upload: ObjectUpload,
  source: ObjectSource,
  { sizeBytes, partBytes }: { readonly sizeBytes: number; readonly partBytes: number },
): Promise<void> {
  for (let number = 1, first = 0; first < sizeBytes; number++, first += partBytes) {
    const last = Math.min(first + partBytes, sizeBytes) - 1;
    try {
      await upload.copy(number, { ...source, first, last });
    } catch (error) {
      throw error instanceof RequestRefused ? new SourceGone("source", { cause: error }) : error;
    }
  }
}

/** How long parts are, so that the object has not the tag of the same bytes that it replaces. */
function otherTag({ sizeBytes, digest }: BlobInfo, replaced: FoundObject | null): number {
  const count = Math.ceil(sizeBytes / copyBytesMax);
  const isSame = replaced?.info?.digest === digest && replaced.etag.endsWith(`-${count}"`);
  if (!isSame) return copyBytesMax;
  return count > 1 ? copyBytesMax / 2 : Math.max(partBytesMin, Math.ceil(sizeBytes / 2));
}

function preconditionOf(
  condition: BlobCondition | undefined,
  replaced: FoundObject | null,
): Precondition {
  if (condition === undefined) return {};
  return replaced === null ? { IfNoneMatch: "*" } : { IfMatch: replaced.etag };
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array, void, void> {
  yield bytes;
}

/** Fewer than `count` when there are no more. */
async function take(
  parts: AsyncGenerator<Uint8Array, void, void>,
  count: number,
): Promise<Uint8Array[]> {
  const held: Uint8Array[] = [];
  while (held.length < count) {
    const next = await parts.next();
    if (next.done) break;
    held.push(next.value);
  }
  return held;
}

/** Gives away what it holds, so that nothing keeps it longer than needed. */
async function* goOn(
  held: Uint8Array[],
  rest: AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array, void, void> {
  for (let next = held.shift(); next !== undefined; next = held.shift()) yield next;
  yield* rest;
}

function sweptFault(): Error {
  return raise("provider.unavailable", {
    op,
    detail: { provider: "blob-s3" },
    message: "Cannot store the blob: its bytes were swept before it was complete",
  });
}
