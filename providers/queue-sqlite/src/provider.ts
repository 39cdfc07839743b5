import { mkdtemp, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { raise } from "@bedplate/errors";
import { type ProviderHost, type ProviderModule, readProviderUrl } from "@bedplate/provider";
import type { QueueDriver } from "@bedplate/queue";
import { defineSchema, type Schema, Type } from "@bedplate/schema";
import { openSqliteQueue, type SqliteQueueOptions } from "./sqlite-queue.ts";

interface SqliteQueueSettings {
  /** Several processes of one machine work on the file. */
  readonly shared: boolean;
  /** Pages of 4 KiB that the file may have; 0 means no bound. */
  readonly pagesMax: number;
}

const schemes = ["sqlite"];
const settings: Schema<SqliteQueueSettings> = defineSchema(
  Type.Object(
    {
      shared: Type.Boolean({ default: false }),
      pagesMax: Type.Integer({ minimum: 0, maximum: 2 ** 32 - 2, default: 0 }),
    },
    { additionalProperties: false },
  ),
);

/** The queue contract in a file, by URL: `sqlite:queue.db` or `sqlite:///var/lib/bedplate/queue.db`. */
export const provider: ProviderModule<QueueDriver> = {
  contract: "queue",
  name: "queue-sqlite",
  schemes,
  settings: settings.jsonSchema,
  open: async (url, host) => openSqliteQueue(optionsOf(url, host)),
  async openScratch(url, host) {
    const options = optionsOf(url, host);
    const folder = await mkdtemp(join(dirname(options.path), "queue-scratch-"));
    const path = join(folder, "queue.db");
    return {
      open: () => openSqliteQueue({ ...options, path, isOwner: false }),
      [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }),
    };
  },
};

function optionsOf(text: string, { clock }: ProviderHost): SqliteQueueOptions {
  const { url, settings: wanted } = readProviderUrl(text, { schemes, settings });
  const path = decodeURIComponent(url.pathname);
  if (url.host !== "" || path === "" || path.endsWith("/")) throw noFile();
  const pagesMax = wanted.pagesMax === 0 ? undefined : wanted.pagesMax;
  return { path, clock, pagesMax, isOwner: !wanted.shared };
}

function noFile(): Error {
  return raise("argument.invalid", {
    op: "provider.open",
    detail: { path: "", rule: "names a file" },
    message: "Cannot open the queue: its URL names no file; sqlite:queue.db does",
    blame: "operator",
  });
}
