import { newId } from "@bedplate/clock";
import { type Digest, digestValue } from "@bedplate/codec";
import { isFault, raise } from "@bedplate/errors";
import type { BlobAccess, PutOptions, Waiting } from "./blob-access.ts";
import { checkAttributes } from "./blob-attributes.ts";
import type { BlobInfo, SealedBody } from "./blob-driver.ts";
import { digestFault, missingFault, refuseArgument } from "./blob-faults.ts";
import { checkKey } from "./blob-key.ts";
import { readRange } from "./blob-reading.ts";
import { type BlobBody, type BlobExpectation, expectationOf } from "./incoming-body.ts";
import {
  type BegunUpload,
  deleteParts,
  type FinishedUpload,
  keyOfPart,
  keyOfUpload,
  numberOfPart,
  partsOf,
  readUpload,
  type UploadRecord,
} from "./upload-record.ts";

/** A part as it is stored. */
export interface UploadPart extends SealedBody {
  /** From 1 on; the order of the numbers is the order of the bytes. */
  readonly number: number;
}

/** A part that belongs to the blob. */
export type ChosenPart = Pick<UploadPart, "number" | "digest">;

/**
 * Blobs that arrive in parts, in any order, from many processes. Parts are blobs under keys that no
 * caller sees, and `finish` stores their bytes through the same door as every other blob: so digest,
 * condition and atomicity are those of `put`, on every driver.
 */
export class BlobUploads {
  readonly #access: BlobAccess;

  constructor(access: BlobAccess) {
    this.#access = access;
  }

  /** Begins a blob; its condition is decided when it is finished. */
  begin(key: string, options: PutOptions = {}): Promise<{ readonly upload: string }> {
    return this.#access.operate("begin", options, async ({ limits }) => {
      const op = "blob.begin";
      checkKey(key, { op, limits });
      const { condition, expect, signal } = options;
      const attributes = checkAttributes(options, { op, limits });
      const upload = newId("u", this.#access.clock.now(), this.#access.random);
      await this.#record(
        { format: 1, key, ...attributes, condition, expect: expectationOf(op, key, expect) },
        { op, upload, signal },
      );
      return { upload };
    });
  }

  /** Stores one part; the same number again replaces it. */
  part(
    upload: string,
    number: number,
    options: Waiting & {
      readonly body: BlobBody;
      readonly expect?: BlobExpectation | undefined;
    },
  ): Promise<UploadPart> {
    return this.#access.operate("part", options, async ({ limits }) => {
      const op = "blob.part";
      checkNumber(op, number, limits.partsMax);
      await this.#begun(op, upload);
      const { body, expect, signal } = options;
      const bytesMax = Math.min(limits.partBytesMax, limits.bodyBytesMax);
      const key = keyOfPart(upload, number);
      const write = { op, key, expect, signal, bytesMin: 1, bytesMax };
      const { sizeBytes, digest } = await this.#access.write(body, write);
      return { number, sizeBytes, digest };
    });
  }

  /** The parts that are stored, in their order. */
  async *parts(upload: string, options: Waiting = {}): AsyncGenerator<UploadPart, void, void> {
    await this.#access.operate("parts", options, () => this.#begun("blob.parts", upload));
    for await (const { key } of partsOf(this.#access.driver, upload)) {
      const info = await this.#access.operate("parts", options, (driver) => driver.stat(key));
      if (info === null) continue;
      yield { number: numberOfPart(key), sizeBytes: info.sizeBytes, digest: info.digest };
    }
  }

  /**
   * Makes the blob from the parts that are named. Finishing the same upload with the same parts again
   * answers the same blob; a refusal leaves the upload as it is.
   */
  finish(upload: string, parts: readonly ChosenPart[], options: Waiting = {}): Promise<BlobInfo> {
    return this.#access.operate("finish", options, async ({ limits }) => {
      const op = "blob.finish";
      checkOrder(op, parts, limits.partsMax);
      const chosen = digestValue(parts.map(({ number, digest }) => [number, digest]));
      const record = await readUpload(this.#access.driver, op, upload);
      if ("done" in record) return repeated(upload, record, chosen);
      const sizeBytes = await this.#sizeOf(upload, parts);
      const body = this.#bytesOf(upload, parts);
      const expect = { sizeBytes, ...record.expect };
      const done = await this.#store(upload, record, { body, expect, signal: options.signal });
      await this.#record({ format: 1, done, chosen }, { op, upload, signal: undefined });
      await deleteParts(this.#access.driver, upload);
      return done;
    });
  }

  /** Forgets an upload and its parts; answers whether there was one. */
  abort(upload: string, options: Waiting = {}): Promise<boolean> {
    return this.#access.operate("abort", options, async (driver) => {
      const found = await driver.delete(keyOfUpload("blob.abort", upload), undefined);
      await deleteParts(driver, upload);
      return found !== null;
    });
  }

  async #store(
    upload: string,
    { key, condition, contentType, metadata }: BegunUpload,
    arriving: {
      readonly body: BlobBody;
      readonly expect: BlobExpectation;
      readonly signal: AbortSignal | undefined;
    },
  ): Promise<BlobInfo> {
    const op = "blob.finish";
    // The same version in every try: so a try whose end nobody saw is recognized.
    const version = `v${upload.slice(1)}`;
    const { body, ...rest } = arriving;
    const bytesMax = this.#access.driver.limits.bodyBytesMax;
    const write = { op, key, version, condition, contentType, metadata, bytesMax, ...rest };
    try {
      return await this.#access.write(body, write);
    } catch (error) {
      if (!isFault(error, "resource.exists") && !isFault(error, "version.mismatch")) throw error;
      const there = await this.#access.driver.stat(key);
      if (there?.version !== version) throw error;
      return there;
    }
  }

  async #record(
    record: UploadRecord,
    { op, upload, signal }: { readonly op: string; readonly upload: string } & Waiting,
  ): Promise<void> {
    const body = Buffer.from(JSON.stringify(record));
    const key = keyOfUpload(op, upload);
    await this.#access.write(body, { op, key, bytesMax: body.byteLength, signal });
  }

  async #begun(op: string, upload: string): Promise<BegunUpload> {
    const record = await readUpload(this.#access.driver, op, upload);
    if ("done" in record) throw missingFault(op, upload, "upload");
    return record;
  }

  async #sizeOf(upload: string, parts: readonly ChosenPart[]): Promise<number> {
    const sizes = new Map<number, number>();
    for await (const { key, sizeBytes } of partsOf(this.#access.driver, upload)) {
      sizes.set(numberOfPart(key), sizeBytes);
    }
    return parts.reduce((sum, { number }) => {
      const size = sizes.get(number);
      if (size === undefined) throw missingFault("blob.finish", `${upload}/${number}`, "part");
      return sum + size;
    }, 0);
  }

  async *#bytesOf(
    upload: string,
    parts: readonly ChosenPart[],
  ): AsyncGenerator<Uint8Array, void, void> {
    for (const { number, digest } of parts) {
      await using reading = await this.#access.driver.open(keyOfPart(upload, number), undefined);
      if (reading === null) throw missingFault("blob.finish", `${upload}/${number}`, "part");
      if (reading.info.digest !== digest) {
        throw digestFault("blob.finish", digest, reading.info.digest);
      }
      yield* readRange(reading, undefined, undefined).body;
    }
  }
}

function repeated(upload: string, { done, chosen }: FinishedUpload, now: Digest): BlobInfo {
  if (chosen === now) return done;
  throw raise("idempotency.mismatch", {
    op: "blob.finish",
    subject: upload,
    detail: { key: upload, first: chosen, now },
    message: `Cannot finish the upload "${upload}": it was finished with other parts`,
  });
}

function checkNumber(op: string, number: number, partsMax: number): void {
  if (Number.isInteger(number) && number >= 1 && number <= partsMax) return;
  const rule = "must be a whole number from 1 to the limit";
  throw refuseArgument(op, "/number", { rule, limit: partsMax });
}

function checkOrder(op: string, parts: readonly ChosenPart[], partsMax: number): void {
  if (parts.length === 0) throw refuseArgument(op, "/parts", { rule: "must not be empty" });
  let before = 0;
  for (const { number } of parts) {
    checkNumber(op, number, partsMax);
    if (number <= before) throw refuseArgument(op, "/parts", { rule: "must ascend" });
    before = number;
  }
}
