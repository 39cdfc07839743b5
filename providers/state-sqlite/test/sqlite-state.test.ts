import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { VirtualClock } from "@bedplate/clock";
import type { OpenedTarget } from "@bedplate/conformance";
import { describeConformance } from "@bedplate/conformance/vitest";
import { StateStore } from "@bedplate/state";
import { type StateKit, stateConformance } from "@bedplate/state/conformance";
import { killAfterLines, openScratchFolder } from "@bedplate/testkit";
import { expect, test } from "vitest";
import { openSqliteState } from "../src/index.ts";

const limits = {
  keyBytesMax: 256,
  valueBytesMax: 4_096,
  commitItemsMax: 256,
  commitBytesMax: 16_384,
  pageMax: 200,
  historyCommitsMax: 64,
};

async function open(): Promise<OpenedTarget<StateStore, StateKit>> {
  const held = new AsyncDisposableStack();
  const path = join(held.use(openScratchFolder()).path, "state.db");
  const clock = new VirtualClock();
  const openStore = async (isOwner: boolean) => {
    const driver = await openSqliteState({ path, clock, limits, isOwner });
    return held.use(new StateStore(driver, { clock }));
  };
  const target = await openStore(true);
  const kit = {
    clock,
    seed: "sqlite",
    second: () => openStore(false),
    reopen: async () => {
      await target.close();
      return openStore(true);
    },
    crash: async (linesMin: number) => {
      await target.close();
      const module = new URL("crash-writer.ts", import.meta.url);
      const reports = await killAfterLines(module, { args: [path], linesMin });
      return { reports, store: await openStore(true) };
    },
  };
  return { target, kit, [Symbol.asyncDispose]: () => held.disposeAsync() };
}

describeConformance({ name: "state-sqlite", cases: stateConformance, open });

test("a second owner is refused while the first lives, and welcome after", async () => {
  using folder = openScratchFolder();
  const path = join(folder.path, "state.db");
  const first = await openSqliteState({ path });
  await expect(openSqliteState({ path })).rejects.toMatchObject({ code: "resource.busy" });
  await first[Symbol.asyncDispose]();
  await using _second = await openSqliteState({ path });
});

test("a file of a newer release or of another program is refused and left alone", async () => {
  using folder = openScratchFolder();
  const path = join(folder.path, "state.db");
  await (await openSqliteState({ path }))[Symbol.asyncDispose]();
  const newer = new DatabaseSync(path);
  newer.exec("PRAGMA user_version = 99");
  newer.close();
  await expect(openSqliteState({ path })).rejects.toMatchObject({ code: "contract.incompatible" });
  const foreign = join(folder.path, "foreign.db");
  const database = new DatabaseSync(foreign);
  database.exec("CREATE TABLE theirs (id INTEGER)");
  database.close();
  await expect(openSqliteState({ path: foreign })).rejects.toMatchObject({
    code: "contract.incompatible",
  });
});

test("SS57 a changed value is reported as corrupt and never returned", async () => {
  using folder = openScratchFolder();
  const path = join(folder.path, "state.db");
  const write = new StateStore(await openSqliteState({ path }));
  await write.commit({ ops: [{ put: "a", value: new Uint8Array(100) }] });
  await write.close();
  const file = new DatabaseSync(path);
  file.exec(
    "UPDATE entry SET value = CAST(zeroblob(99) || x'01' AS BLOB); UPDATE change SET value = x'02'",
  );
  file.close();
  await using store = new StateStore(await openSqliteState({ path }));
  await expect(store.get("a")).rejects.toMatchObject({ code: "data.corrupt" });
  await expect(store.list()).rejects.toMatchObject({ code: "data.corrupt" });
  await expect(store.watch({ after: 0 }).next()).rejects.toMatchObject({ code: "data.corrupt" });
});

test("SS57 a file that is no database is reported as corrupt", async () => {
  using folder = openScratchFolder();
  const path = join(folder.path, "state.db");
  const { writeFileSync } = await import("node:fs");
  writeFileSync(path, "this is no database, but it is long enough to look like one".repeat(100));
  await expect(openSqliteState({ path })).rejects.toMatchObject({ code: "data.corrupt" });
});

test("SS56 a full disk is reported, the commit leaves no trace and the store still reads", async () => {
  using folder = openScratchFolder();
  const path = join(folder.path, "state.db");
  const driver = await openSqliteState({ path, pagesMax: 60 });
  await using store = new StateStore(driver);
  await store.commit({ ops: [{ put: "kept", value: new Uint8Array(100) }] });
  const huge = { put: "huge", value: new Uint8Array(1_000_000) };
  await expect(
    store.commit({ ops: [{ put: "b", value: huge.value.slice(0, 9) }, huge] }),
  ).rejects.toMatchObject({
    code: "quota.exceeded",
    fault: { effect: "none" },
  });
  expect(await store.get("b")).toBeNull();
  expect((await store.get("kept"))?.value.byteLength).toBe(100);
  await store.commit({ ops: [{ put: "kept", value: new Uint8Array(1) }] });
  expect(await store.head()).toBe(2);
});

test("commits of one turn share a group and each stands alone", async () => {
  using folder = openScratchFolder();
  await using store = new StateStore(
    await openSqliteState({ path: join(folder.path, "state.db"), groupMax: 16 }),
  );
  const value = new Uint8Array(1);
  const all = await Promise.allSettled(
    Array.from({ length: 100 }, (_, i) =>
      store.commit({
        checks: [{ key: "odd", is: i % 2 === 0 ? "absent" : "present" }],
        ops: [{ put: `k${i}`, value }],
      }),
    ),
  );
  expect(all.filter(({ status }) => status === "fulfilled")).toHaveLength(50);
  expect(await store.head()).toBe(50);
});
