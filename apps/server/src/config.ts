import { defineSchema, type Schema, Type } from "@bedplate/schema";
import { type PluginsConfig, pluginsConfigType } from "./plugins/plugins-config.ts";

/** Where a plug-in runs: in this thread, in a worker thread of this process, or in a process of its own. */
export type MountKind = "in-process" | "worker" | "process";

/** What an operator decides about one environment. */
export interface EnvironmentConfig {
  /** Default: every environment but `fake`. */
  readonly isEnabled?: boolean | undefined;
  /** Default: what the catalog says. */
  readonly mount?: MountKind | undefined;
  /** The release's own config; it fits the manifest's schema. */
  readonly config?: Readonly<Record<string, unknown>> | undefined;
}

/** Everything an operator decides about a server. Defaults are in the schema; `config show` prints them. */
export interface ServerConfig {
  readonly listen: { readonly host: string; readonly port: number };
  /** `memory:`, or a folder as `file:<path>`: state, queue and blobs together. */
  readonly data: string;
  readonly logLevel: "debug" | "info" | "warn" | "error";
  readonly limits: {
    /** Runs that execute at once; 0 means one per processor. */
    readonly concurrentRuns: number;
    readonly waitingRuns: number;
    readonly openRuns: number;
    /** JSON bodies. */
    readonly bodyBytes: number;
  };
  readonly environments: Readonly<Record<string, EnvironmentConfig>>;
  readonly plugins: PluginsConfig;
  /** Ed25519 public keys (SPKI PEM) by key id; with any, unsigned releases are refused. */
  readonly trustedKeys: Readonly<Record<string, string>>;
  readonly telemetry: {
    /** OTLP over HTTP, for example `http://127.0.0.1:4318/v1/traces`; empty: no traces leave. */
    readonly otlpUrl: string;
    readonly metrics: boolean;
  };
}

const closed = { additionalProperties: false } as const;

export const serverConfigSchema: Schema<ServerConfig> = defineSchema(
  Type.Object(
    {
      listen: Type.Object(
        {
          host: Type.String({
            default: "127.0.0.1",
            minLength: 1,
            description: "address to listen on",
          }),
          port: Type.Integer({
            default: 7420,
            minimum: 0,
            maximum: 65_535,
            description: "port to listen on; 0 takes a free one",
          }),
        },
        { ...closed, default: {} },
      ),
      data: Type.String({
        default: "file:.bedplate",
        pattern: "^(memory:|file:.+)$",
        description: "memory:, or file: and a folder, for state, queue and blobs together",
      }),
      logLevel: Type.Union(
        [Type.Literal("debug"), Type.Literal("info"), Type.Literal("warn"), Type.Literal("error")],
        { default: "info", description: "messages below this level are dropped" },
      ),
      limits: Type.Object(
        {
          concurrentRuns: Type.Integer({
            default: 0,
            minimum: 0,
            maximum: 10_000,
            description: "runs that execute at once; 0 means one per processor",
          }),
          waitingRuns: Type.Integer({
            default: 10_000,
            minimum: 0,
            maximum: 1_000_000,
            description: "callers that may wait for their turn",
          }),
          openRuns: Type.Integer({
            default: 100_000,
            minimum: 1,
            maximum: 10_000_000,
            description: "accepted runs that have not ended",
          }),
          bodyBytes: Type.Integer({
            default: 48 * 2 ** 20,
            minimum: 1024,
            maximum: 2 ** 30,
            description: "longest JSON body",
          }),
        },
        { ...closed, default: {} },
      ),
      environments: Type.Record(
        Type.String({ pattern: "^[a-z][a-z0-9-]{0,63}$" }),
        Type.Object(
          {
            isEnabled: Type.Optional(
              Type.Boolean({ description: "whether it is mounted (default: every one but fake)" }),
            ),
            mount: Type.Optional(
              Type.Union(
                [Type.Literal("in-process"), Type.Literal("worker"), Type.Literal("process")],
                { description: "where it runs (default: what the catalog says)" },
              ),
            ),
            config: Type.Optional(
              Type.Record(Type.String(), Type.Unknown(), {
                description: "the release's own config",
              }),
            ),
          },
          closed,
        ),
        { ...closed, default: {} },
      ),
      plugins: pluginsConfigType,
      trustedKeys: Type.Record(Type.String(), Type.String(), {
        default: {},
        description:
          "Ed25519 public keys (SPKI PEM) by id; with any, unsigned releases are refused",
      }),
      telemetry: Type.Object(
        {
          otlpUrl: Type.String({
            default: "",
            description: "where traces go, OTLP over HTTP; empty: nowhere",
          }),
          metrics: Type.Boolean({ default: true, description: "whether /metrics answers" }),
        },
        { ...closed, default: {} },
      ),
    },
    closed,
  ),
);
