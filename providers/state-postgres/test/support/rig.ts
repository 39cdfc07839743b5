import { systemClock, VirtualClock } from "@bedplate/clock";
import type { OpenedTarget } from "@bedplate/conformance";
import {
  openPostgresPool,
  openScratchSchema,
  type PostgresPool,
  type PostgresSettings,
  postgresProperties,
  readPostgresUrl,
} from "@bedplate/postgres";
import type { ProviderHost } from "@bedplate/provider";
import { defineSchema, type Schema, Type } from "@bedplate/schema";
import type { StateDriver, StateStore } from "@bedplate/state";
import { openStateSubject, type StateKit } from "@bedplate/state/conformance";
import { silentLog } from "@bedplate/telemetry";
import { type Engine, eventually, killAfterLines, openWire } from "@bedplate/testkit";
import { openPostgresState } from "../../src/index.ts";
import { Gate } from "./gate.ts";
import { WireFaults } from "./wire-faults.ts";

/** What providers are opened with. */
export const host: ProviderHost = { clock: systemClock, log: silentLog, variables: {} };

const settings: Schema<PostgresSettings> = defineSchema(
  Type.Object({ ...postgresProperties }, { additionalProperties: false }),
);

const limits = {
  keyBytesMax: 256,
  valueBytesMax: 4_096,
  commitItemsMax: 256,
  commitBytesMax: 16_384,
  pageMax: 200,
  historyCommitsMax: 64,
};

/** A schema of its own, and connections of the test to it. */
export async function openSchema(engine: Engine): Promise<TestSchema> {
  const held = new AsyncDisposableStack();
  const { url } = held.use(openScratchSchema(engine.url, { host, settings }));
  const pool = held.use(await openPostgresPool(readPostgresUrl(url, settings), host));
  return { url, pool, [Symbol.asyncDispose]: () => held.disposeAsync() };
}

/** See `openSchema`. */
export interface TestSchema extends AsyncDisposable {
  readonly url: string;
  readonly pool: PostgresPool;
}

/** Opens a store for a case. Its own connections go over a wire; those of others do not. */
export async function openSubject(
  engine: Engine,
  wrap?: (driver: StateDriver) => StateDriver,
): Promise<OpenedTarget<StateStore, StateKit>> {
  const held = new AsyncDisposableStack();
  const schema = held.use(await openSchema(engine));
  const wire = held.use(await openWire(engine));
  const faults = new WireFaults(wire, new Gate(schema.pool));
  const clock = new VirtualClock();
  const nowMs = () => clock.now();
  let opened = 0;
  const subject = held.use(
    await openStateSubject({
      async openDriver() {
        const isFirst = opened++ === 0;
        const url = isFirst ? wire.url(schema.url) : schema.url;
        const driver = await openPostgresState({ url, host, limits, nowMs });
        return isFirst ? faults.around(driver) : driver;
      },
      wrap,
      virtualClock: clock,
      seed: "postgres",
      controls: ({ target, open }) => ({
        cut: (when) => faults.cut(when),
        slow: (ms) => faults.slow(ms),
        reopen: () => target.close().then(open),
        killEngine: async () => {
          await engine.kill();
          await engine.restart();
        },
        crash: async (linesMin) => {
          await target.close();
          const module = new URL("crash-writer.ts", import.meta.url);
          const reports = await killAfterLines(module, { args: [schema.url], linesMin });
          await untilAlone(schema.pool);
          return { reports, store: await open() };
        },
        flipByte: async (key) => {
          await schema.pool.write({ text: flip }, [Buffer.from(key)], { op: "test.flip" });
          return open();
        },
      }),
    }),
  );
  return { ...subject, [Symbol.asyncDispose]: () => held.disposeAsync() };
}

/** What a killed process sent may still be on its way to the disk. */
function untilAlone(pool: PostgresPool): Promise<void> {
  const text = `SELECT 1 FROM pg_stat_activity WHERE backend_type = 'client backend'
    AND pid <> pg_backend_pid() AND state <> 'idle'`;
  return eventually("the killed process has no connection", async () => {
    return (await pool.read({ text }, [], { op: "test.alone" })).length === 0;
  });
}

const flip = `WITH damaged AS (
    UPDATE state_entries SET value = set_byte(value, 0, get_byte(value, 0) # 1) WHERE key = $1)
  UPDATE state_changes SET value = set_byte(value, 0, get_byte(value, 0) # 1) WHERE key = $1`;
