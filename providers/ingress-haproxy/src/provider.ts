import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { raise } from "@bedplate/errors";
import { type IngressDriver, lentDriver } from "@bedplate/ingress";
import { type ProviderHost, type ProviderModule, readProviderUrl } from "@bedplate/provider";
import { defineSchema, type Schema, Type } from "@bedplate/schema";
import { findFreePort } from "./free-port.ts";
import {
  type HaproxyIngressOptions,
  type HaproxyTlsOptions,
  openHaproxyIngress,
} from "./haproxy-ingress.ts";

interface Settings {
  readonly folder?: string | undefined;
  readonly program?: string | undefined;
  readonly pools?: number | undefined;
  readonly connectionsMax?: number | undefined;
  readonly headersMs?: number | undefined;
  readonly graceMs?: number | undefined;
  readonly tlsPort?: number | undefined;
  readonly publicTlsPort?: number | undefined;
  readonly certificates?: string | undefined;
}

const text = (description: string) => Type.Optional(Type.String({ description }));
const whole = (minimum: number, description: string) =>
  Type.Optional(Type.Integer({ minimum, maximum: 1_000_000, description }));
const port = (description: string) =>
  Type.Optional(Type.Integer({ minimum: 1, maximum: 65_535, description }));

const settingsSchema: Schema<Settings> = defineSchema(
  Type.Object(
    {
      folder: text("Folder for sockets, maps and the journal of the routes"),
      program: text("Path of the program; default: haproxy, found on PATH"),
      pools: whole(1, "Routes with more than one endpoint that there may be"),
      connectionsMax: whole(100, "Connections of clients that may be open"),
      headersMs: whole(1, "The longest that a client may take to send its header lines"),
      graceMs: whole(0, "How long open requests may last when it closes"),
      tlsPort: port("Where routes with TLS are served; needs certificates"),
      publicTlsPort: port("Where clients reach tlsPort, if it is mapped to another port"),
      certificates: text("Folder of NAME.pem files, each a chain and its key"),
    },
    { additionalProperties: false },
  ),
);

const schemes = ["haproxy"];

/** `haproxy://0.0.0.0:8080?folder=/var/lib/bedplate/haproxy`: HAProxy, run and supervised. */
export const provider: ProviderModule<IngressDriver> = {
  contract: "ingress",
  name: "ingress-haproxy",
  schemes,
  settings: settingsSchema.jsonSchema,
  open: async (url, host) => openHaproxyIngress(optionsOf(url, host)),
  async openScratch(url, host) {
    const folder = await mkdtemp(join(tmpdir(), "bedplate-haproxy-"));
    const port = await findFreePort();
    const options = optionsOf(url, host, folder);
    const tls = options.tls && { ...options.tls, port: await findFreePort() };
    const driver = await openHaproxyIngress({ ...options, tls, port, folder });
    return {
      open: async () => lentDriver(driver),
      async [Symbol.asyncDispose]() {
        await driver[Symbol.asyncDispose]();
        await rm(folder, { recursive: true, force: true });
      },
    };
  },
};

function optionsOf(
  text: string,
  { log }: ProviderHost,
  folderDefault = "/var/lib/bedplate/haproxy",
): HaproxyIngressOptions {
  const { url, settings } = readProviderUrl(text, { schemes, settings: settingsSchema });
  const { folder = folderDefault, tlsPort, publicTlsPort, certificates, ...others } = settings;
  const tls = tlsOptionsOf({ tlsPort, publicTlsPort, certificates });
  const host = url.hostname.replace(/^\[|\]$/g, "");
  const port = Number(url.port === "" ? 8080 : url.port);
  return { ...others, ...(host !== "" && { host }), port, folder, tls, log };
}

function tlsOptionsOf({
  tlsPort,
  publicTlsPort: publicPort,
  certificates,
}: Pick<Settings, "tlsPort" | "publicTlsPort" | "certificates">): HaproxyTlsOptions | undefined {
  if (tlsPort === undefined && certificates === undefined) return undefined;
  if (tlsPort !== undefined && certificates !== undefined) {
    return { port: tlsPort, publicPort, certificates };
  }
  const missing = tlsPort === undefined ? "/tlsPort" : "/certificates";
  throw raise("argument.invalid", {
    op: "ingress.open",
    detail: { path: missing, rule: "must be there" },
    message: "Cannot open HAProxy: tlsPort and certificates need each other",
  });
}
