import { createHash, type Hash } from "node:crypto";
import type { Digest } from "@bedplate/codec";
import { raise } from "@bedplate/errors";
import type { DriverBody, SealedBody } from "./blob-driver.ts";

/** Bytes to store: at once, or as they come. Chunks belong to the store once they are yielded. */
export type BlobBody = Uint8Array | AsyncIterable<Uint8Array>;

/** What the caller knows about the bytes that it sends. */
export interface BlobExpectation {
  readonly digest?: Digest | undefined;
  readonly sizeBytes?: number | undefined;
}

interface IncomingOptions {
  readonly expect: BlobExpectation;
  readonly bodyBytesMax: number;
  readonly signal?: AbortSignal | undefined;
}

const op = "blob.put";

/** Counts and hashes a body while a driver reads it, and throws at the first reason not to store it. */
export class IncomingBody implements DriverBody {
  readonly chunks: AsyncIterable<Uint8Array>;
  readonly #options: IncomingOptions;
  readonly #hash: Hash = createHash("sha256");
  #sizeBytes = 0;
  #sealed: SealedBody | undefined;

  constructor(body: BlobBody, options: IncomingOptions) {
    this.#options = options;
    this.chunks = this.#pass(body instanceof Uint8Array ? once(Uint8Array.from(body)) : body);
  }

  sealed(): SealedBody {
    if (this.#sealed !== undefined) return this.#sealed;
    throw raise("internal.bug", {
      op,
      detail: { where: "sealed" },
      message: "Cannot seal a blob: the driver has not read all of its body",
    });
  }

  async *#pass(source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void, void> {
    const { signal } = this.#options;
    signal?.throwIfAborted();
    for await (const chunk of source) {
      signal?.throwIfAborted();
      this.#take(chunk);
      if (chunk.byteLength > 0) yield chunk;
    }
    this.#sealed = this.#finish();
  }

  #take(chunk: Uint8Array): void {
    this.#sizeBytes += chunk.byteLength;
    const { bodyBytesMax, expect } = this.#options;
    if (this.#sizeBytes > bodyBytesMax) throw tooLong(bodyBytesMax);
    if (expect.sizeBytes !== undefined && this.#sizeBytes > expect.sizeBytes) {
      throw wrongSize(expect.sizeBytes, `at least ${this.#sizeBytes}`);
    }
    this.#hash.update(chunk);
  }

  #finish(): SealedBody {
    const { expect } = this.#options;
    const sizeBytes = this.#sizeBytes;
    const digest: Digest = `sha256:${this.#hash.digest("hex")}`;
    if (expect.sizeBytes !== undefined && sizeBytes !== expect.sizeBytes) {
      throw wrongSize(expect.sizeBytes, String(sizeBytes));
    }
    if (expect.digest !== undefined && digest !== expect.digest) {
      throw wrongDigest(expect.digest, digest);
    }
    return { sizeBytes, digest };
  }
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array, void, void> {
  yield bytes;
}

function tooLong(limit: number): Error {
  return raise("argument.invalid", {
    op,
    detail: { path: "/body", rule: "is too long", limit },
    message: `Cannot store the blob: its body is longer than ${limit} bytes`,
  });
}

function wrongSize(expected: number, actual: string): Error {
  return raise("argument.invalid", {
    op,
    detail: { path: "/body", rule: "is not of the expected size", limit: expected },
    message: `Cannot store the blob: its body has ${actual} bytes, not ${expected}`,
  });
}

function wrongDigest(expected: Digest, actual: Digest): Error {
  return raise("digest.mismatch", {
    op,
    detail: { expected, actual },
    message: "Cannot store the blob: its bytes are not the ones that were expected",
  });
}
