// `level:<path>`: state in a LevelDB folder, for one process.
import { mkdtemp, rm } from "node:fs/promises";
import { type ProviderHost, type ProviderModule, readProviderUrl } from "@bedplate/provider";
import { defineSchema, type Schema, Type } from "@bedplate/schema";
import { type StateDriver, scratchLimits, stateLimitsDefault } from "@bedplate/state";
import { faultOfLevel } from "./level-faults.ts";
import { LevelPlace } from "./level-place.ts";

interface LevelSettings {
  readonly historyCommitsMax: number;
  readonly idempotencyMs: number;
}

const { historyCommitsMax, idempotencyMs } = stateLimitsDefault;
const settings: Schema<LevelSettings> = defineSchema(
  Type.Object(
    {
      historyCommitsMax: Type.Integer({ minimum: 1, default: historyCommitsMax }),
      idempotencyMs: Type.Integer({ minimum: 1, default: idempotencyMs }),
    },
    { additionalProperties: false },
  ),
);
const schemes = ["level"];

export const provider: ProviderModule<StateDriver> = {
  contract: "state",
  name: "state-level",
  schemes,
  settings: settings.jsonSchema,
  open: async (url, { clock }) => new LevelPlace({ ...parse(url), clock }).open(),
  openScratch,
};

/** A folder beside the one that the URL names, which itself is not opened. */
async function openScratch(url: string, { clock }: ProviderHost) {
  const { path, limits } = parse(url);
  const scratch = await mkdtemp(`${path}.scratch-`).catch((error: unknown) => {
    throw faultOfLevel(error, "provider.open");
  });
  const place = new LevelPlace({ path: scratch, limits: scratchLimits(limits), clock });
  return {
    open: () => place.open(),
    [Symbol.asyncDispose]: () => rm(scratch, { recursive: true, force: true }),
  };
}

function parse(text: string): { readonly path: string; readonly limits: LevelSettings } {
  const { url, settings: limits } = readProviderUrl(text, { schemes, settings });
  return { path: decodeURIComponent(url.pathname), limits };
}
