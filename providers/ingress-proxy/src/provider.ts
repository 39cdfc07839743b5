import { raise } from "@bedplate/errors";
import type { IngressDriver } from "@bedplate/ingress";
import { type ProviderHost, type ProviderModule, readProviderUrl } from "@bedplate/provider";
import { defineSchema, type Schema, Type } from "@bedplate/schema";
import {
  openProxyIngress,
  type ProxyIngressOptions,
  type ProxyTlsOptions,
} from "./proxy-ingress.ts";
import { openScratchPlace } from "./scratch-place.ts";

interface Settings {
  readonly journal?: string | undefined;
  readonly headersMs?: number | undefined;
  readonly graceMs?: number | undefined;
  readonly tlsPort?: number | undefined;
  readonly publicTlsPort?: number | undefined;
  readonly certificates?: string | undefined;
}

const port = (minimum: number, description: string) =>
  Type.Optional(Type.Integer({ minimum, maximum: 65_535, description }));

const settingsSchema: Schema<Settings> = defineSchema(
  Type.Object(
    {
      journal: Type.Optional(
        Type.String({ description: "File that the routes survive in; absent: they do not" }),
      ),
      headersMs: Type.Optional(
        Type.Integer({
          minimum: 1,
          maximum: 600_000,
          description: "The longest that a client may take to send its header lines",
        }),
      ),
      graceMs: Type.Optional(
        Type.Integer({
          minimum: 0,
          maximum: 600_000,
          description: "How long open requests may last when it closes",
        }),
      ),
      tlsPort: port(0, "Where routes with TLS are served; needs certificates"),
      publicTlsPort: port(1, "Where clients reach tlsPort, if it is mapped to another port"),
      certificates: Type.Optional(
        Type.String({ description: "Folder of NAME.pem files, each a chain and its key" }),
      ),
    },
    { additionalProperties: false },
  ),
);

const schemes = ["proxy"];

/** `proxy://127.0.0.1:8080`: a proxy in the host's own process. */
export const provider: ProviderModule<IngressDriver> = {
  contract: "ingress",
  name: "ingress-proxy",
  schemes,
  settings: settingsSchema.jsonSchema,
  open: async (url, host) => openProxyIngress(optionsOf(url, host)),
  openScratch: async (url, host) => openScratchPlace(optionsOf(url, host)),
};

function optionsOf(text: string, { clock, log }: ProviderHost): ProxyIngressOptions {
  const { url, settings } = readProviderUrl(text, { schemes, settings: settingsSchema });
  const { journal: journalPath, headersMs, graceMs } = settings;
  const host = url.hostname.replace(/^\[|\]$/g, "");
  const tls = tlsOptionsOf(settings);
  const at = { ...(host !== "" && { host }), port: Number(url.port) };
  return { ...at, tls, journalPath, headersMs, graceMs, clock, log };
}

function tlsOptionsOf(settings: Settings): ProxyTlsOptions | undefined {
  const { tlsPort, publicTlsPort, certificates } = settings;
  if (tlsPort === undefined && certificates === undefined) return undefined;
  if (tlsPort !== undefined && certificates !== undefined) {
    return { port: tlsPort, publicPort: publicTlsPort, certificates };
  }
  const missing = tlsPort === undefined ? "/tlsPort" : "/certificates";
  throw raise("argument.invalid", {
    op: "ingress.open",
    detail: { path: missing, rule: "must be there" },
    message: "Cannot open the proxy: tlsPort and certificates need each other",
  });
}
