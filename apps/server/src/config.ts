import { defineSchema, type Schema, Type } from "@bedplate/schema";
import { type E2bConfig, e2bConfigType } from "./e2b/e2b-config.ts";
import { type WebhooksConfig, webhooksConfigType } from "./events/webhooks-config.ts";
import { type LedgersConfig, ledgersConfigType } from "./ledgers-config.ts";
import { type MachinesConfig, machinesConfigType } from "./machines/machines-config.ts";
import { type PluginsConfig, pluginsConfigType } from "./plugins/plugins-config.ts";
import { type TemplatesConfig, templatesConfigType } from "./templates-config.ts";

/** Where a plug-in runs: in this thread, in a worker thread of this process, or in a process of its own. */
export type MountKind = "in-process" | "worker" | "process";

/** What an operator decides about one environment. */
export interface EnvironmentConfig {
  /** Default: every environment but the fake ones. */
  readonly isEnabled?: boolean | undefined;
  /** Default: what the catalog says. */
  readonly mount?: MountKind | undefined;
  /** The release's own config; it fits the manifest's schema. */
  readonly config?: Readonly<Record<string, unknown>> | undefined;
}

/** The URL of each provider that is not the embedded one. */
export interface ProvidersConfig {
  readonly state?: string | undefined;
  readonly blob?: string | undefined;
  readonly cache?: string | undefined;
  readonly queue?: string | undefined;
  readonly ingress?: string | undefined;
  /** Paths of modules with providers of others. */
  readonly modules: readonly string[];
}

/** Everything an operator decides about a server. Defaults are in the schema; `config show` prints them. */
export interface ServerConfig {
  readonly listen: {
    readonly host: string;
    readonly port: number;
    /** Where other replicas reach this one; empty: where it listens. */
    readonly url: string;
  };
  /** Host name under which an ingress serves the API; empty: it does not. */
  readonly domain: string;
  readonly domainCertificate: string;
  /** `memory:`, or a folder as `file:<path>`: for the embedded providers and the server's own files. */
  readonly data: string;
  readonly providers: ProvidersConfig;
  readonly logLevel: "debug" | "info" | "warn" | "error";
  readonly limits: {
    /** Runs that execute at once; 0 means one per processor. */
    readonly concurrentRuns: number;
    readonly waitingRuns: number;
    readonly openRuns: number;
    /** JSON bodies. */
    readonly bodyBytes: number;
  };
  readonly ledgers: LedgersConfig;
  readonly machines: MachinesConfig;
  readonly e2b: E2bConfig;
  readonly templates: TemplatesConfig;
  readonly webhooks: WebhooksConfig;
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

function providerUrl(examples: string): Type.TOptional<Type.TString> {
  const description = `URL, for example ${examples} (default: embedded)`;
  return Type.Optional(
    Type.String({ pattern: "^[a-z][a-z0-9+.-]*:", maxLength: 4_096, description }),
  );
}

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
          url: Type.String({
            default: "",
            pattern: "^(https?://[^/?#]+/?)?$",
            description: "where other replicas reach this one; empty: where it listens",
          }),
        },
        { ...closed, default: {} },
      ),
      domain: Type.String({
        default: "",
        maxLength: 253,
        pattern: "^([a-z0-9-]+(\\.[a-z0-9-]+)*)?$",
        description: "host name under which an ingress serves the API; empty: it does not",
      }),
      domainCertificate: Type.String({
        default: "",
        pattern: "^([a-z0-9][a-z0-9._-]{0,123})?$",
        description: "certificate of the ingress for the domain; empty: it is served without TLS",
      }),
      data: Type.String({
        default: "file:.bedplate",
        pattern: "^(memory:|file:.+)$",
        description:
          "memory:, or file: and a folder, for the embedded providers and the server's own files",
      }),
      providers: Type.Object(
        {
          state: providerUrl("postgres://bedplate@db/bedplate?passwordFile=/run/secrets/db"),
          blob: providerUrl("s3://bucket/prefix?endpoint=https://s3.example"),
          cache: providerUrl("redis://cache:6379"),
          queue: providerUrl("postgres://bedplate@db/bedplate"),
          ingress: providerUrl("haproxy:/run/bedplate/haproxy"),
          modules: Type.Array(Type.String({ minLength: 1, maxLength: 4_096 }), {
            default: [],
            maxItems: 64,
            description: "paths of modules with providers of others",
          }),
        },
        { ...closed, default: {} },
      ),
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
      ledgers: ledgersConfigType,
      machines: machinesConfigType,
      e2b: e2bConfigType,
      templates: templatesConfigType,
      webhooks: webhooksConfigType,
      environments: Type.Record(
        Type.String({ pattern: "^[a-z][a-z0-9-]{0,63}$" }),
        Type.Object(
          {
            isEnabled: Type.Optional(
              Type.Boolean({
                description: "whether it is mounted (default: every one but the fake ones)",
              }),
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
