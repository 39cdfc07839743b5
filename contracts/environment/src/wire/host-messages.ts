import type { Digest } from "@bedplate/codec";
import { defineSchema, type Schema, Type } from "@bedplate/schema";
import type { LogFields, LogLevel } from "@bedplate/telemetry";
import type { Budget } from "../budget.ts";
import { bytes, digest, oneOf, part, text } from "./schema-parts.ts";
import { wireBudgetSchema } from "./value-schemas.ts";

export interface ReadBlobRequest {
  readonly digest: Digest;
}

export const readBlobRequestSchema: Schema<ReadBlobRequest> = defineSchema(
  Type.Object({ digest: digest() }),
);

/** Longest key of the cache, in characters. */
const cacheKeyCharactersMax = 512;

export interface CacheGetRequest {
  readonly key: string;
}

export const cacheGetRequestSchema: Schema<CacheGetRequest> = defineSchema(
  Type.Object({ key: text(cacheKeyCharactersMax) }),
);

export interface CacheGetResponse {
  /** Left out: the cache has none. */
  readonly value?: Uint8Array | undefined;
}

export const cacheGetResponseSchema: Schema<CacheGetResponse> = defineSchema(
  Type.Object({ value: Type.Optional(bytes()) }),
);

export interface CachePutRequest {
  readonly key: string;
  readonly value: Uint8Array;
}

export const cachePutRequestSchema: Schema<CachePutRequest> = defineSchema(
  Type.Object({ key: text(cacheKeyCharactersMax), value: bytes() }),
);

export interface NowResponse {
  readonly now: number;
}

export const nowResponseSchema: Schema<NowResponse> = defineSchema(
  Type.Object({ now: Type.Number() }),
);

export interface RandomBytesRequest {
  readonly count: number;
}

/** Most random bytes in one answer. */
const randomBytesMax = 65_536;

export const randomBytesRequestSchema: Schema<RandomBytesRequest> = defineSchema(
  Type.Object({ count: Type.Integer({ minimum: 0, maximum: randomBytesMax }) }),
);

export interface WriteLogRequest {
  readonly level: LogLevel;
  readonly message: string;
  readonly fields: LogFields;
}

export const writeLogRequestSchema: Schema<WriteLogRequest> = defineSchema(
  Type.Object({
    level: oneOf("debug", "info", "warn", "error"),
    message: text(1024),
    fields: Type.Unsafe<LogFields>(
      Type.Record(Type.String(), Type.Union([Type.String(), Type.Number(), Type.Boolean()])),
    ),
  }),
);

export interface LoadStateRequest {
  readonly run: string;
  readonly keys: readonly Uint8Array[];
}

/** Most keys that one message makes resident. */
export const loadKeysMax = 4096;

export const loadStateRequestSchema: Schema<LoadStateRequest> = defineSchema(
  Type.Object({ run: text(64), keys: Type.Array(bytes(), { maxItems: loadKeysMax }) }),
);

export interface LoadStateResponse {
  /** In the order of the keys; null where a key has no value. */
  readonly values: readonly { readonly value: Uint8Array | null }[];
}

export const loadStateResponseSchema: Schema<LoadStateResponse> = defineSchema(
  Type.Object({
    values: Type.Array(Type.Object({ value: Type.Union([bytes(), Type.Null()]) }), {
      maxItems: loadKeysMax,
    }),
  }),
);

export interface CallGuestRequest {
  readonly run: string;
  readonly target: string;
  readonly entry: string;
  readonly input: Uint8Array;
  readonly budget: Budget;
  readonly isStatic: boolean;
}

export const callGuestRequestSchema: Schema<CallGuestRequest> = defineSchema(
  Type.Object({
    run: text(64),
    target: text(1024),
    entry: text(),
    input: bytes(),
    budget: part(wireBudgetSchema),
    isStatic: Type.Boolean(),
  }),
);

export interface PullBodyRequest {
  readonly body: string;
}

export const pullBodyRequestSchema: Schema<PullBodyRequest> = defineSchema(
  Type.Object({ body: text(64) }),
);

export interface PushChunkRequest {
  readonly sink: string;
  readonly data: Uint8Array;
}

export const pushChunkRequestSchema: Schema<PushChunkRequest> = defineSchema(
  Type.Object({ sink: text(64), data: bytes() }),
);
