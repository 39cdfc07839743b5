import { systemClock } from "@bedplate/clock";
import type { ProviderHost } from "@bedplate/provider";
import { defineSchema, type Schema, Type } from "@bedplate/schema";
import { silentLog } from "@bedplate/telemetry";
import {
  type Engine,
  openWire,
  type PostgresOptions,
  startPostgres,
  type Wire,
} from "@bedplate/testkit";
import {
  openPostgresPool,
  type PostgresPool,
  type PostgresSettings,
  postgresProperties,
  readPostgresUrl,
} from "../../src/index.ts";

/** What every provider's settings contain, and nothing else. */
export const settings: Schema<PostgresSettings> = defineSchema(
  Type.Object({ ...postgresProperties }, { additionalProperties: false }),
);

export const host: ProviderHost = { clock: systemClock, log: silentLog, variables: {} };

/** Opens a pool on an engine's URL with settings behind it. */
export function openPool(url: string, query = ""): Promise<PostgresPool> {
  return openPostgresPool(readPostgresUrl(`${url}?schema=public&${query}`, settings), host);
}

/** An engine, a wire in front of it, a pool through the wire, and a table `numbers`. */
export interface Rig extends AsyncDisposable {
  readonly engine: Engine;
  readonly wire: Wire;
  readonly pool: PostgresPool;
  /** The numbers in the table, asked past the wire. */
  stored(): Promise<readonly number[]>;
}

/** Starts all of it. */
export async function openRig(
  options: PostgresOptions & { readonly query?: string | undefined } = {},
): Promise<Rig> {
  await using stack = new AsyncDisposableStack();
  const engine = stack.use(await startPostgres(options));
  const wire = stack.use(await openWire(engine));
  const direct = stack.use(await openPool(engine.url));
  const pool = stack.use(await openPool(wire.url(engine.url), options.query));
  await direct.write({ text: "CREATE TABLE numbers (n integer PRIMARY KEY)" }, [], {
    op: "test.make",
  });
  const owned = stack.move();
  return {
    engine,
    wire,
    pool,
    async stored() {
      const text = "SELECT n FROM numbers ORDER BY n";
      const rows = await direct.read<{ readonly n: number }>({ text }, [], { op: "test.read" });
      return rows.map(({ n }) => n);
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

export const op = "test.do";
export const insert = { name: "insert", text: "INSERT INTO numbers VALUES ($1)" } as const;
