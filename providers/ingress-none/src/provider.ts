import { type IngressDriver, lentDriver } from "@bedplate/ingress";
import { type ProviderModule, readProviderUrl } from "@bedplate/provider";
import { defineSchema, type Schema, Type } from "@bedplate/schema";
import { openNoIngress } from "./no-ingress.ts";

interface Settings {
  readonly journal?: string | undefined;
}

const settingsSchema: Schema<Settings> = defineSchema(
  Type.Object(
    {
      journal: Type.Optional(
        Type.String({ description: "File that the routes survive in; absent: they do not" }),
      ),
    },
    { additionalProperties: false },
  ),
);

const schemes = ["none"];

/** `none:`: routes are recorded, and nothing serves them. */
export const provider: ProviderModule<IngressDriver> = {
  contract: "ingress",
  name: "ingress-none",
  schemes,
  settings: settingsSchema.jsonSchema,
  open: async (url) => openNoIngress({ journalPath: settingsOf(url).journal }),
  async openScratch(url) {
    settingsOf(url);
    const desired = await openNoIngress();
    return {
      open: async () => lentDriver(desired),
      [Symbol.asyncDispose]: () => desired[Symbol.asyncDispose](),
    };
  },
};

function settingsOf(url: string): Settings {
  return readProviderUrl(url, { schemes, settings: settingsSchema }).settings;
}
