import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type IngressDriver, lentDriver } from "@bedplate/ingress";
import { type ProviderHost, type ProviderModule, readProviderUrl } from "@bedplate/provider";
import { defineSchema, type Schema, Type } from "@bedplate/schema";
import { findFreePort } from "./free-port.ts";
import { type HaproxyIngressOptions, openHaproxyIngress } from "./haproxy-ingress.ts";

interface Settings {
  readonly folder?: string | undefined;
  readonly program?: string | undefined;
  readonly pools?: number | undefined;
  readonly connectionsMax?: number | undefined;
  readonly headersMs?: number | undefined;
  readonly graceMs?: number | undefined;
}

const text = (description: string) => Type.Optional(Type.String({ description }));
const whole = (minimum: number, description: string) =>
  Type.Optional(Type.Integer({ minimum, maximum: 1_000_000, description }));

const settingsSchema: Schema<Settings> = defineSchema(
  Type.Object(
    {
      folder: text("Folder for sockets, maps and the journal of the routes"),
      program: text("Path of the program; default: haproxy, found on PATH"),
      pools: whole(1, "Routes with more than one endpoint that there may be"),
      connectionsMax: whole(100, "Connections of clients that may be open"),
      headersMs: whole(1, "The longest that a client may take to send its header lines"),
      graceMs: whole(0, "How long open requests may last when it closes"),
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
    const driver = await openHaproxyIngress({ ...optionsOf(url, host, folder), port, folder });
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
  const { folder = folderDefault, ...others } = settings;
  const host = url.hostname.replace(/^\[|\]$/g, "");
  const port = Number(url.port === "" ? 8080 : url.port);
  return { ...others, ...(host !== "" && { host }), port, folder, log };
}
