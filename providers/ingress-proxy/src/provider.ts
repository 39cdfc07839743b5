import type { IngressDriver } from "@bedplate/ingress";
import { type ProviderHost, type ProviderModule, readProviderUrl } from "@bedplate/provider";
import { defineSchema, type Schema, Type } from "@bedplate/schema";
import { openProxyIngress, type ProxyIngressOptions } from "./proxy-ingress.ts";
import { openScratchPlace } from "./scratch-place.ts";

interface Settings {
  readonly journal?: string | undefined;
  readonly headersMs?: number | undefined;
  readonly graceMs?: number | undefined;
}

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

function optionsOf(text: string, { clock }: ProviderHost): ProxyIngressOptions {
  const { url, settings } = readProviderUrl(text, { schemes, settings: settingsSchema });
  const { journal: journalPath, headersMs, graceMs } = settings;
  const host = url.hostname.replace(/^\[|\]$/g, "");
  const port = Number(url.port);
  return { ...(host !== "" && { host }), port, journalPath, headersMs, graceMs, clock };
}
