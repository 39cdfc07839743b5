import { type ProviderUrl, readProviderUrl } from "@bedplate/provider";
import { type Schema, Type } from "@bedplate/schema";

/** What stands in the query of every PostgreSQL URL. */
export interface PostgresSettings {
  /** The schema that holds the tables; it is made when it is missing. */
  readonly schema: string;
  /** Most connections at the same time. */
  readonly poolMax: number;
  /** How long one may wait for a connection. */
  readonly connectTimeoutMs: number;
  /** How long one statement may take. */
  readonly statementTimeoutMs: number;
  /** Default: `disable` for this machine, `verify-full` for every other. */
  readonly sslMode?: SslMode | undefined;
  /** Certificates of authorities, in PEM; demands `verify-full`. */
  readonly caFile?: string | undefined;
}

/** `disable`: plain; `require`: encrypted to whoever answers; `verify-full`: encrypted to who it says it is. */
export type SslMode = "disable" | "require" | "verify-full";

const timeoutMsMax = 600_000;

/** The members of `PostgresSettings`, as a schema's properties. */
export interface PostgresProperties {
  readonly schema: Type.TString;
  readonly poolMax: Type.TInteger;
  readonly connectTimeoutMs: Type.TInteger;
  readonly statementTimeoutMs: Type.TInteger;
  readonly sslMode: Type.TOptional<
    Type.TUnion<[Type.TLiteral<"disable">, Type.TLiteral<"require">, Type.TLiteral<"verify-full">]>
  >;
  readonly caFile: Type.TOptional<Type.TString>;
}

/** To be spread into a provider's own settings. */
export const postgresProperties: PostgresProperties = {
  schema: Type.String({ default: "bedplate", pattern: "^[a-z_][a-z0-9_]{0,62}$" }),
  poolMax: Type.Integer({ default: 8, minimum: 1, maximum: 200 }),
  connectTimeoutMs: Type.Integer({ default: 5_000, minimum: 10, maximum: timeoutMsMax }),
  statementTimeoutMs: Type.Integer({ default: 10_000, minimum: 10, maximum: timeoutMsMax }),
  sslMode: Type.Optional(
    Type.Union([Type.Literal("disable"), Type.Literal("require"), Type.Literal("verify-full")]),
  ),
  caFile: Type.Optional(Type.String({ minLength: 1 })),
};

/** The schemes of PostgreSQL URLs. */
export const postgresSchemes: readonly string[] = ["postgres", "postgresql"];

/** Reads a PostgreSQL URL: `postgres://user:password@host:port/database?poolMax=16`. */
export function readPostgresUrl<Settings extends PostgresSettings>(
  text: string,
  settings: Schema<Settings>,
): ProviderUrl<Settings> {
  return readProviderUrl(text, { schemes: postgresSchemes, settings });
}
