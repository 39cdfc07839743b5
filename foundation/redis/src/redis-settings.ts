import { type ProviderUrl, readProviderUrl } from "@bedplate/provider";
import { type Schema, Type } from "@bedplate/schema";

/** What stands in the query of every Redis URL. */
export interface RedisSettings {
  /** Stands before every key, so that several may share a database. */
  readonly keyPrefix: string;
  /** How long one may wait for a connection. */
  readonly connectTimeoutMs: number;
  /** How long one command may take. */
  readonly commandTimeoutMs: number;
  /** Certificates of authorities, in PEM; for `rediss:` only. */
  readonly caFile?: string | undefined;
}

/** The members of `RedisSettings`, as a schema's properties. */
export interface RedisProperties {
  readonly keyPrefix: Type.TString;
  readonly connectTimeoutMs: Type.TInteger;
  readonly commandTimeoutMs: Type.TInteger;
  readonly caFile: Type.TOptional<Type.TString>;
}

const timeoutMsMax = 600_000;

/** To be spread into a provider's own settings. */
export const redisProperties: RedisProperties = {
  keyPrefix: Type.String({ default: "bedplate:", maxLength: 128 }),
  connectTimeoutMs: Type.Integer({ default: 5_000, minimum: 10, maximum: timeoutMsMax }),
  commandTimeoutMs: Type.Integer({ default: 5_000, minimum: 10, maximum: timeoutMsMax }),
  caFile: Type.Optional(Type.String({ minLength: 1 })),
};

/** The schemes of Redis URLs; `rediss` speaks TLS. */
export const redisSchemes: readonly string[] = ["redis", "rediss"];

/** Reads a Redis URL: `redis://user:password@host:port/0?keyPrefix=app:`. */
export function readRedisUrl<Settings extends RedisSettings>(
  text: string,
  settings: Schema<Settings>,
): ProviderUrl<Settings> {
  return readProviderUrl(text, { schemes: redisSchemes, settings });
}
