import { mkdtemp, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { raise } from "@bedplate/errors";
import { type ProviderHost, type ProviderModule, readProviderUrl } from "@bedplate/provider";
import { defineSchema, type Schema, Type } from "@bedplate/schema";
import { type StateDriver, scratchLimits, stateLimitsDefault } from "@bedplate/state";
import { openSqliteState, type SqliteStateOptions } from "./sqlite-state.ts";

/** What may stand in the query of a `sqlite:` URL. */
interface SqliteSettings {
  readonly groupMax: number;
  /** Several processes of one machine work on the file. */
  readonly shared: boolean;
  readonly historyCommitsMax: number;
  readonly idempotencyMs: number;
}

const { historyCommitsMax, idempotencyMs } = stateLimitsDefault;
const settings: Schema<SqliteSettings> = defineSchema(
  Type.Object(
    {
      groupMax: Type.Integer({ minimum: 1, maximum: 4_096, default: 128 }),
      shared: Type.Boolean({ default: false }),
      historyCommitsMax: Type.Integer({ minimum: 1, default: historyCommitsMax }),
      idempotencyMs: Type.Integer({ minimum: 1, default: idempotencyMs }),
    },
    { additionalProperties: false },
  ),
);

const schemes = ["sqlite"];

/** `sqlite:data/state.db` or `sqlite:///var/lib/state.db`: state in that one file. */
export const provider: ProviderModule<StateDriver> = {
  contract: "state",
  name: "state-sqlite",
  schemes,
  settings: settings.jsonSchema,
  open: async (url, host) => openSqliteState(optionsOf(url, host)),
  async openScratch(url, host) {
    const options = optionsOf(url, host);
    const folder = await mkdtemp(join(dirname(options.path), "state-scratch-"));
    const path = join(folder, "state.db");
    const limits = scratchLimits(options.limits ?? {});
    return {
      open: () => openSqliteState({ ...options, path, limits, isOwner: false }),
      [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }),
    };
  },
};

function optionsOf(text: string, { clock }: ProviderHost): SqliteStateOptions {
  const { url, settings: wanted } = readProviderUrl(text, { schemes, settings });
  const { groupMax, shared, ...limits } = wanted;
  return { path: pathOf(url), clock, limits, groupMax, isOwner: !shared };
}

function pathOf({ host, pathname }: URL): string {
  if (host === "" && pathname !== "" && pathname !== "/") return decodeURIComponent(pathname);
  throw raise("argument.invalid", {
    op: "provider.open",
    detail: { path: "", rule: "path of a file" },
    message: "Cannot open the state: its URL must be sqlite: and the path of a file",
    blame: "operator",
  });
}
