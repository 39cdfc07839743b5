import { hash } from "node:crypto";
import { escapePath } from "./object-path.ts";
import { RequestRefused } from "./s3-attempts.ts";
import type { Precondition, S3Bucket } from "./s3-bucket.ts";

const op = "blob.put";
const atOnceMax = 4;

/** A part that the service has. */
interface DonePart {
  readonly PartNumber: number;
  readonly ETag: string | undefined;
  readonly ChecksumSHA256?: string | undefined;
}

/** An object that is there. */
export interface ObjectSource {
  readonly object: string;
  readonly etag: string;
}

interface SourceRange extends ObjectSource {
  readonly first: number;
  readonly last: number;
}

/** What an object is made with. */
type Facts = Partial<ReturnType<S3Bucket["factsOf"]>>;

/** An object that is put together from parts; it appears when it is completed. */
export class ObjectUpload {
  readonly #bucket: S3Bucket;
  readonly #object: string;
  readonly #id: string;
  readonly #parts: DonePart[] = [];

  private constructor(bucket: S3Bucket, { object, id }: { object: string; id: string }) {
    this.#bucket = bucket;
    this.#object = object;
    this.#id = id;
  }

  static async begin(bucket: S3Bucket, object: string, facts: Facts): Promise<ObjectUpload> {
    const input = {
      Bucket: bucket.bucket,
      Key: object,
      ChecksumAlgorithm: "SHA256" as const,
      ...facts,
    };
    // A begin whose answer was lost leaves an upload that is swept some day.
    const answer = await bucket.attempts.repeat(op, (abortSignal) =>
      bucket.s3.createMultipartUpload(input, { abortSignal }),
    );
    return new ObjectUpload(bucket, { object, id: answer?.UploadId ?? "" });
  }

  /** Sends parts as they come, a few at a time; ends when the service has all of them. */
  async sendAll(parts: AsyncIterable<Uint8Array>): Promise<void> {
    const sending = new Set<Promise<void>>();
    let failure: { readonly error: unknown } | undefined;
    let number = 0;
    for await (const bytes of parts) {
      const sent: Promise<void> = this.#send(++number, bytes)
        .catch((error: unknown) => {
          failure ??= { error };
        })
        .finally(() => sending.delete(sent));
      sending.add(sent);
      if (sending.size >= atOnceMax) await Promise.race(sending);
      if (failure !== undefined) break;
    }
    await Promise.all(sending);
    if (failure !== undefined) throw failure.error;
  }

  /** Lets the service copy bytes of an object that is there. */
  async copy(number: number, { object, etag, first, last }: SourceRange): Promise<void> {
    const answer = await this.#bucket.attempts.repeat(op, (abortSignal) =>
      this.#bucket.s3.uploadPartCopy(
        {
          ...this.#place(),
          PartNumber: number,
          CopySource: `${this.#bucket.bucket}/${escapePath(object)}`,
          CopySourceIfMatch: etag,
          CopySourceRange: `bytes=${first}-${last}`,
        },
        { abortSignal },
      ),
    );
    if (answer === null) throw new RequestRefused("missing", object);
    const { ETag, ChecksumSHA256 } = answer.CopyPartResult ?? {};
    this.#parts.push({ PartNumber: number, ETag, ChecksumSHA256 });
  }

  /** Makes the object and answers its tag: `findOwn` finds it when the answer was lost. */
  complete(precondition: Precondition, findOwn: () => Promise<string | null>): Promise<string> {
    const Parts = this.#parts.toSorted((a, b) => a.PartNumber - b.PartNumber);
    return this.#bucket.attempts.write(
      op,
      async (abortSignal) => {
        const input = { ...this.#place(), MultipartUpload: { Parts }, ...precondition };
        const answer = await this.#bucket.s3.completeMultipartUpload(input, { abortSignal });
        return answer.ETag ?? "";
      },
      findOwn,
    );
  }

  /** Frees the parts. What cannot be freed now is swept later. */
  async abort(): Promise<void> {
    const abort = this.#bucket.attempts.repeat(op, (abortSignal) =>
      this.#bucket.s3.abortMultipartUpload(this.#place(), { abortSignal }),
    );
    await abort.catch(() => {});
  }

  async #send(number: number, bytes: Uint8Array): Promise<void> {
    const ChecksumSHA256 = hash("sha256", bytes, "base64");
    const answer = await this.#bucket.attempts.repeat(op, (abortSignal) =>
      this.#bucket.s3.uploadPart(
        {
          ...this.#place(),
          PartNumber: number,
          Body: bytes,
          ContentLength: bytes.byteLength,
          ChecksumAlgorithm: "SHA256",
          ChecksumSHA256,
        },
        { abortSignal },
      ),
    );
    this.#parts.push({ PartNumber: number, ETag: answer?.ETag, ChecksumSHA256 });
  }

  #place(): { readonly Bucket: string; readonly Key: string; readonly UploadId: string } {
    return { Bucket: this.#bucket.bucket, Key: this.#object, UploadId: this.#id };
  }
}
