import { type ProviderModule, readProviderUrl } from "@bedplate/provider";
import { defineSchema, type Schema, Type } from "@bedplate/schema";
import { type StateDriver, scratchLimits, stateLimitsDefault } from "@bedplate/state";
import { MemoryPlace } from "./memory-state.ts";

/** What may stand in the query of a `memory:` URL. */
interface MemorySettings {
  readonly historyCommitsMax: number;
  readonly idempotencyMs: number;
}

const { historyCommitsMax, idempotencyMs } = stateLimitsDefault;
const settings: Schema<MemorySettings> = defineSchema(
  Type.Object(
    {
      historyCommitsMax: Type.Integer({ minimum: 1, default: historyCommitsMax }),
      idempotencyMs: Type.Integer({ minimum: 1, default: idempotencyMs }),
    },
    { additionalProperties: false },
  ),
);

const schemes = ["memory"];

/** `memory:`: state that ends with the process. */
export const provider: ProviderModule<StateDriver> = {
  contract: "state",
  name: "state-memory",
  schemes,
  settings: settings.jsonSchema,
  open: async (url, { clock }) => new MemoryPlace({ clock, limits: limitsOf(url) }).open(),
  async openScratch(url, { clock }) {
    const place = new MemoryPlace({ clock, limits: scratchLimits(limitsOf(url)) });
    return { open: async () => place.open(), [Symbol.asyncDispose]: async () => {} };
  },
};

function limitsOf(url: string): MemorySettings {
  return readProviderUrl(url, { schemes, settings }).settings;
}
