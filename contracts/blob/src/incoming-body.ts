import { createHash, type Hash } from "node:crypto";
import type { Digest } from "@bedplate/codec";
import { raise } from "@bedplate/errors";
import type { DriverBody, SealedBody } from "./blob-driver.ts";
import { digestFault, refuseArgument } from "./blob-faults.ts";
import { digestOfKey } from "./blob-key.ts";

/** Bytes to store: at once, or as they come. Chunks belong to the store once they are yielded. */
export type BlobBody = Uint8Array | AsyncIterable<Uint8Array>;

/** What the caller knows about the bytes that it sends. */
export interface BlobExpectation {
  readonly digest?: Digest | undefined;
  readonly sizeBytes?: number | undefined;
}

/** What must arrive under a key: a content key takes only its own content. */
export function expectationOf(
  op: string,
  key: string,
  expect: BlobExpectation = {},
): BlobExpectation {
  const digest = digestOfKey(key);
  if (digest === undefined) return expect;
  if (expect.digest !== undefined && expect.digest !== digest) {
    throw digestFault(op, digest, expect.digest);
  }
  return { ...expect, digest };
}

interface IncomingOptions {
  readonly op: string;
  readonly expect: BlobExpectation;
  readonly bytesMin: number;
  readonly bytesMax: number;
  readonly signal?: AbortSignal | undefined;
}

/** Counts and hashes a body while a driver reads it, and throws at the first reason not to store it. */
export class IncomingBody implements DriverBody {
  readonly chunks: AsyncIterable<Uint8Array>;
  readonly expect: Partial<SealedBody>;
  readonly #options: IncomingOptions;
  readonly #hash: Hash = createHash("sha256");
  #sizeBytes = 0;
  #sealed: SealedBody | undefined;

  constructor(body: BlobBody, options: IncomingOptions) {
    this.#options = options;
    this.expect = knownOf(body, options.expect);
    this.chunks = this.#pass(body instanceof Uint8Array ? once(Uint8Array.from(body)) : body);
  }

  sealed(): SealedBody {
    if (this.#sealed !== undefined) return this.#sealed;
    throw raise("internal.bug", {
      op: this.#options.op,
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
    // The caller may have left while the driver stored the last chunk.
    signal?.throwIfAborted();
    this.#sealed = this.#finish();
  }

  #take(chunk: Uint8Array): void {
    this.#sizeBytes += chunk.byteLength;
    const { op, bytesMax, expect } = this.#options;
    if (this.#sizeBytes > bytesMax) {
      throw refuseArgument(op, "/body", { rule: "is too long", limit: bytesMax });
    }
    if (expect.sizeBytes !== undefined && this.#sizeBytes > expect.sizeBytes) {
      throw wrongSize(op, expect.sizeBytes);
    }
    this.#hash.update(chunk);
  }

  #finish(): SealedBody {
    const { op, bytesMin, expect } = this.#options;
    const sizeBytes = this.#sizeBytes;
    if (sizeBytes < bytesMin) {
      throw refuseArgument(op, "/body", { rule: "is too short", limit: bytesMin });
    }
    const digest: Digest = `sha256:${this.#hash.digest("hex")}`;
    if (expect.sizeBytes !== undefined && sizeBytes !== expect.sizeBytes) {
      throw wrongSize(op, expect.sizeBytes);
    }
    if (expect.digest !== undefined && digest !== expect.digest) {
      throw digestFault(op, expect.digest, digest);
    }
    return { sizeBytes, digest };
  }
}

function knownOf(body: BlobBody, { digest, sizeBytes }: BlobExpectation): Partial<SealedBody> {
  const known = body instanceof Uint8Array ? body.byteLength : sizeBytes;
  return {
    ...(digest !== undefined && { digest }),
    ...(known !== undefined && { sizeBytes: known }),
  };
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array, void, void> {
  yield bytes;
}

function wrongSize(op: string, limit: number): Error {
  return refuseArgument(op, "/body", { rule: "is not of the expected size", limit });
}
