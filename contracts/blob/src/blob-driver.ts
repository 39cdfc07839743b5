import type { Digest } from "@bedplate/codec";

/** Names one stored version of a blob. Opaque: equal means the same write. */
export type BlobVersion = string;

/** Facts that a writer keeps with the bytes. Names keep their case and their order. */
export type BlobMetadata = Readonly<Record<string, string>>;

/** What is known of a blob before its body has arrived. */
export interface BlobHead {
  readonly key: string;
  readonly version: BlobVersion;
  /** Milliseconds since 1970, by the clock of the `BlobStore`. */
  readonly createdAt: number;
  readonly contentType: string;
  readonly metadata: BlobMetadata;
}

/** What `BlobStore` learned about a body while the driver read it. */
export interface SealedBody {
  readonly sizeBytes: number;
  /** The SHA-256 of the whole blob. */
  readonly digest: Digest;
}

/** What a blob is, beside its bytes. */
export interface BlobInfo extends BlobHead, SealedBody {}

/** What a listing says of a blob. */
export interface BlobEntry {
  readonly key: string;
  readonly sizeBytes: number;
}

/** Exact bounds: the limit passes, one more is refused. */
export interface BlobLimits {
  /** Of the key's UTF-8. */
  readonly keyBytesMax: number;
  readonly bodyBytesMax: number;
  /** Blobs and rolled-up prefixes of one page. */
  readonly pageMax: number;
  /** Of the UTF-8 of all names and values together. */
  readonly metadataBytesMax: number;
  readonly metadataCountMax: number;
  readonly contentTypeBytesMax: number;
  /** Of one part of an upload; an empty part is refused. */
  readonly partBytesMax: number;
  /** Parts of one upload; the highest number that a part can have. */
  readonly partsMax: number;
}

/** What a driver promises beyond the contract's laws. */
export interface BlobCapabilities {
  /** An acknowledged blob survives the death of the process, and of the machine. */
  readonly durable: boolean;
  /** A version is compared and deleted in one step, whoever writes meanwhile. */
  readonly conditionalDelete?: true | undefined;
  /** Addresses by which others reach one blob for a while, without this process in between. */
  readonly signed?: { readonly expiresMsMax: number } | undefined;
}

/** What must be there for a write to happen: nothing, or exactly this version. */
export type BlobCondition = "absent" | { readonly version: BlobVersion };

/** A condition did not hold, and nothing happened. */
export interface Refused {
  /** The version that was there instead; null when there was none. */
  readonly found: BlobVersion | null;
}

/** A body on its way in. */
export interface DriverBody {
  /** Throws, at the end or earlier, when the body must not be stored. */
  readonly chunks: AsyncIterable<Uint8Array>;
  /** What the caller said it would be; `chunks` throws when it is not. Known before the first chunk. */
  readonly expect: Partial<SealedBody>;
  /** Size and digest; callable once `chunks` has ended. */
  sealed(): SealedBody;
}

/** Bytes of a blob: `length` of them from `offset` on. */
export interface ByteRange {
  readonly offset: number;
  readonly length: number;
}

/** Which bytes to read: from an offset on, or the last ones. A length past the end is cut. */
export type BlobRange =
  | { readonly offset: number; readonly length?: number | undefined }
  | { readonly last: number };

/** A blob held open. Everything that is read from it is of one version. */
export interface DriverReading extends AsyncDisposable {
  readonly info: BlobInfo;
  /**
   * The bytes of a range that lies within the blob. A driver that can no longer read this version
   * throws `version.mismatch`; it never goes on with another one.
   */
  read(range: ByteRange): AsyncIterable<Uint8Array>;
}

/** Keys in the byte order of their UTF-8. */
export interface DriverBlobRange {
  readonly prefix: string;
  /** Only keys after this text, which may be up to 4 bytes longer than a key. */
  readonly after?: string | undefined;
  readonly limit: number;
}

/** An address to make. */
export interface DriverSigning {
  readonly key: string;
  readonly expiresMs: number;
  /** For writing: the one blob that may be stored there. Without it the address is for reading. */
  readonly put?: BlobInfo | undefined;
}

/** An address that works without credentials until it expires. */
export interface SignedAddress {
  readonly method: "GET" | "PUT";
  readonly url: string;
  /** Whoever uses the address sends exactly these. */
  readonly headers: Readonly<Record<string, string>>;
  /** Milliseconds since 1970. */
  readonly expiresAt: number;
}

/**
 * What a technology implements to store bytes. `BlobStore` has checked every argument, names the
 * versions, and hashes, counts and verifies bodies on their way. All methods may be called at once,
 * by many processes, and conditions are decided in the instant in which the write becomes visible.
 */
export interface BlobDriver extends AsyncDisposable {
  readonly limits: BlobLimits;
  readonly capabilities: BlobCapabilities;
  /** Stores the whole body and what is known of it under its key, in one instant, or nothing. */
  put(
    head: BlobHead,
    body: DriverBody,
    condition: BlobCondition | undefined,
  ): Promise<BlobInfo | Refused>;
  /** `first` is the range that will be read; a driver may ask for it at once. */
  open(key: string, first: BlobRange | undefined): Promise<DriverReading | null>;
  stat(key: string): Promise<BlobInfo | null>;
  list(range: DriverBlobRange): Promise<readonly BlobEntry[]>;
  /**
   * Deletes what is there, or only `version` of it; answers the version that was there. A version is
   * given only when `capabilities.conditionalDelete` is declared.
   */
  delete(key: string, version: BlobVersion | undefined): Promise<BlobVersion | null>;
  /** Frees what writes left that never ended, once nothing has touched it for this long. */
  sweep(abandonedMs: number): Promise<void>;
  /**
   * Stores the bytes of `source` under another head, without them passing through this process.
   * Answers null when `source` is not there any more. Left out when the technology has no such way.
   */
  copy?(
    source: BlobInfo,
    head: BlobHead,
    condition: BlobCondition | undefined,
  ): Promise<BlobInfo | Refused | null>;
  /** Present when `capabilities.signed` is. */
  sign?(request: DriverSigning): Promise<SignedAddress>;
}
