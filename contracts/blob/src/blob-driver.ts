import type { Digest } from "@bedplate/codec";

/** Names one stored version of a blob. Opaque: equal means the same `put`. */
export type BlobVersion = string;

/** What a blob is, beside its bytes. */
export interface BlobInfo {
  readonly key: string;
  readonly sizeBytes: number;
  /** The SHA-256 of the whole blob, computed when it was written. */
  readonly digest: Digest;
  readonly version: BlobVersion;
  /** Milliseconds since 1970, by the store's clock. */
  readonly createdAt: number;
}

/** Exact bounds: the limit passes, one more is refused. */
export interface BlobLimits {
  /** Of the key's UTF-8. */
  readonly keyBytesMax: number;
  readonly bodyBytesMax: number;
  readonly pageMax: number;
}

/** What a driver promises beyond the contract's laws. */
export interface BlobCapabilities {
  /** An acknowledged blob survives the death of the process. */
  readonly durable: boolean;
}

/** What `BlobStore` learned about a body while the driver read it. */
export interface SealedBody {
  readonly sizeBytes: number;
  readonly digest: Digest;
}

/** A body on its way in. */
export interface DriverBody {
  /** Throws, at the end or earlier, when the body must not be stored. */
  readonly chunks: AsyncIterable<Uint8Array>;
  /** Size and digest; callable once `chunks` has ended. */
  sealed(): SealedBody;
}

/** Bytes of a blob: `length` of them from `offset` on. */
export interface ByteRange {
  readonly offset: number;
  readonly length: number;
}

/** A blob held open: the same version for as long as it is read. */
export interface DriverReading extends AsyncDisposable {
  readonly info: BlobInfo;
  /** The bytes of a range that lies within the blob. */
  read(range: ByteRange): AsyncIterable<Uint8Array>;
}

/** Keys in the byte order of their UTF-8. */
export interface DriverBlobRange {
  readonly prefix: string;
  /** Only keys after this one. */
  readonly after?: string | undefined;
  readonly limit: number;
}

/**
 * What a technology implements to store bytes. `BlobStore` has checked every argument, and hashes,
 * counts and verifies bodies on their way. All methods may be called at once, by many processes.
 */
export interface BlobDriver extends AsyncDisposable {
  readonly limits: BlobLimits;
  readonly capabilities: BlobCapabilities;
  /**
   * Stores the whole body under the key, in one instant, or nothing. With `ifAbsent`, answers null
   * and stores nothing when the key exists at that instant.
   */
  put(
    key: string,
    body: DriverBody,
    options: { readonly ifAbsent: boolean },
  ): Promise<BlobInfo | null>;
  open(key: string): Promise<DriverReading | null>;
  stat(key: string): Promise<BlobInfo | null>;
  list(range: DriverBlobRange): Promise<readonly BlobInfo[]>;
  /** Answers whether there was something to delete. */
  delete(key: string): Promise<boolean>;
}
