import { join } from "node:path";
import { systemClock, VirtualClock } from "@bedplate/clock";
import { openMemoryState } from "@bedplate/state-memory";
import { openPostgresState } from "@bedplate/state-postgres";
import { openSqliteState } from "@bedplate/state-sqlite";
import { silentLog } from "@bedplate/telemetry";
import { openScratchFolder, startPostgres } from "@bedplate/testkit";
import { describeWithEngines } from "@bedplate/testkit/vitest";
import fc from "fast-check";
import { test } from "vitest";
import { type StateDriver, StateStore } from "../src/index.ts";
import { actions, compareWithModel } from "./compare-with-model.ts";
import { idempotencyMs } from "./state-model.ts";

const limits = { idempotencyMs };

/** Opens what one run needs; the namespace is empty. */
interface Run extends AsyncDisposable {
  readonly driver: StateDriver;
  readonly clock: VirtualClock;
  readonly namespace: string;
}

async function assertLikeModel(open: () => Promise<Run>, numRuns: number): Promise<void> {
  const property = fc.asyncProperty(actions, async (todo) => {
    await using run = await open();
    const { driver, clock, namespace } = run;
    const store = new StateStore(driver, { namespace });
    const endExpired = async () =>
      driver.history(namespace, { after: await driver.head(namespace), limit: 1 });
    await compareWithModel({ store, clock, endExpired }, todo);
  });
  await fc.assert(property, { numRuns });
}

test("any sequence of commits and reads on state-memory does what the model does", async () => {
  await assertLikeModel(async () => {
    const clock = new VirtualClock();
    const driver = await openMemoryState({ clock, limits });
    return { driver, clock, namespace: "run", [Symbol.asyncDispose]: async () => {} };
  }, 300);
});

test("any sequence of commits and reads on state-sqlite does what the model does", async () => {
  await assertLikeModel(async () => {
    const held = new AsyncDisposableStack();
    const path = join(held.use(openScratchFolder()).path, "state.db");
    const clock = new VirtualClock();
    const driver = held.use(await openSqliteState({ path, clock, limits }));
    return { driver, clock, namespace: "run", [Symbol.asyncDispose]: () => held.disposeAsync() };
  }, 200);
});

describeWithEngines("the model on PostgreSQL", ["postgres"], () => {
  test("any sequence of commits and reads on state-postgres does what the model does", async () => {
    await using engine = await startPostgres();
    let clock = new VirtualClock();
    const host = { clock: systemClock, log: silentLog, variables: {} };
    const nowMs = () => clock.now();
    await using driver = await openPostgresState({ url: engine.url, host, limits, nowMs });
    let runs = 0;
    await assertLikeModel(async () => {
      clock = new VirtualClock();
      const namespace = `run-${runs++}`;
      return { driver, clock, namespace, [Symbol.asyncDispose]: async () => {} };
    }, 200);
  }, 400_000);
});
