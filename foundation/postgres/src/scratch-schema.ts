import { newId, systemRandom } from "@bedplate/clock";
import type { ProviderHost } from "@bedplate/provider";
import type { Schema } from "@bedplate/schema";
import { openPostgresPool } from "./postgres-pool.ts";
import { type PostgresSettings, readPostgresUrl } from "./postgres-settings.ts";

/** A schema of its own in the database of a URL; disposing it drops the schema. */
export interface ScratchSchema extends AsyncDisposable {
  /** The URL with the schema in it. */
  readonly url: string;
}

/** Names a schema that nobody has; whoever opens a provider on its URL makes it. */
export function openScratchSchema(
  url: string,
  options: { readonly host: ProviderHost; readonly settings: Schema<PostgresSettings> },
): ScratchSchema {
  const { host, settings } = options;
  const schema = newId("scratch", host.clock.now(), systemRandom);
  const scratchUrl = new URL(url);
  scratchUrl.searchParams.set("schema", schema);
  return {
    url: scratchUrl.href,
    async [Symbol.asyncDispose]() {
      await using pool = await openPostgresPool(readPostgresUrl(scratchUrl.href, settings), host);
      const text = `DROP SCHEMA IF EXISTS "${schema}" CASCADE`;
      await pool.write({ text }, [], { op: "postgres.dropScratch" });
    },
  };
}
