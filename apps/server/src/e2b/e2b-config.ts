import { Type } from "@bedplate/schema";

/** What an operator decides about the front door for E2B's clients. */
export interface E2bConfig {
  readonly isEnabled: boolean;
  /** On the host of the server; 0 takes a free one. */
  readonly port: number;
  /** Domain whose names lead here, `<port>-<sandbox>.<domain>`; empty: clients are told none. */
  readonly domain: string;
  /** Images that stand for another root when templates are built, for nodes without a registry. */
  readonly images: Readonly<Record<string, string>>;
  /** With both, a second port speaks TLS. */
  readonly tls: {
    readonly port: number;
    /** Paths of PEM files; empty: no TLS. */
    readonly cert: string;
    readonly key: string;
  };
}

const closed = { additionalProperties: false, default: {} } as const;

export const e2bConfigType: Type.TUnsafe<E2bConfig> = Type.Unsafe<E2bConfig>(
  Type.Object(
    {
      isEnabled: Type.Boolean({
        default: true,
        description: "whether E2B's clients are answered, where the host can run machines",
      }),
      port: Type.Integer({
        default: 7421,
        minimum: 0,
        maximum: 65_535,
        description: "port for E2B's clients; 0 takes a free one",
      }),
      domain: Type.String({
        default: "",
        maxLength: 253,
        pattern: "^([a-z0-9-]+(\\.[a-z0-9-]+)*)?$",
        description: "domain whose names lead to sandboxes; empty: clients are told none",
      }),
      images: Type.Record(Type.String({ maxLength: 1024 }), Type.String({ maxLength: 1024 }), {
        default: { "e2bdev/base": "host" },
        description: "images that stand for another root when clients build templates",
      }),
      tls: Type.Object(
        {
          port: Type.Integer({
            default: 443,
            minimum: 0,
            maximum: 65_535,
            description: "port that speaks TLS",
          }),
          cert: Type.String({
            default: "",
            maxLength: 4_096,
            description: "PEM file of the certificate for the domain and all names below it",
          }),
          key: Type.String({ default: "", maxLength: 4_096, description: "PEM file of its key" }),
        },
        closed,
      ),
    },
    closed,
  ),
);
