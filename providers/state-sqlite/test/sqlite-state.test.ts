import { readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { crc32 } from "node:zlib";
import { systemClock, VirtualClock } from "@bedplate/clock";
import { killerOf, type OpenedTarget, runCase } from "@bedplate/conformance";
import { describeConformance } from "@bedplate/conformance/vitest";
import { type StateDriver, StateStore } from "@bedplate/state";
import {
  durableStateMutants,
  openStateSubject,
  type StateKit,
  stateConformance,
} from "@bedplate/state/conformance";
import { silentLog } from "@bedplate/telemetry";
import { killAfterLines, openScratchFolder } from "@bedplate/testkit";
import { expect, test } from "vitest";
import { openSqliteState, provider } from "../src/index.ts";
import { stateDatabase } from "../src/schema.ts";

const limits = {
  keyBytesMax: 256,
  valueBytesMax: 4_096,
  commitItemsMax: 256,
  commitBytesMax: 16_384,
  pageMax: 200,
  historyCommitsMax: 64,
};

async function open(
  wrap?: (driver: StateDriver) => StateDriver,
  afterCrash: (path: string) => void = () => {},
): Promise<OpenedTarget<StateStore, StateKit>> {
  const folder = openScratchFolder();
  const path = join(folder.path, "state.db");
  const virtualClock = new VirtualClock();
  const options = { path, clock: virtualClock, limits };
  let opened = 0;
  const subject = await openStateSubject({
    // The first of a case owns the file.
    openDriver: () => openSqliteState({ ...options, isOwner: opened++ === 0 }),
    wrap,
    virtualClock,
    seed: "sqlite",
    controls: ({ target, open: again }) => ({
      reopen: () => target.close().then(again),
      crash: async (linesMin) => {
        await target.close();
        const module = new URL("crash-writer.ts", import.meta.url);
        const reports = await killAfterLines(module, { args: [path], linesMin });
        afterCrash(path);
        return { reports, store: await again() };
      },
      fillDisk: async () => {
        await target.close();
        const pagesMax = pagesOf(path) + 40;
        const driver = await openSqliteState({ ...options, pagesMax });
        return new StateStore(wrap ? wrap(driver) : driver);
      },
      flipByte: async (key) => {
        await target.close();
        flipValues(path, key);
        return again();
      },
    }),
  });
  return {
    ...subject,
    async [Symbol.asyncDispose]() {
      await subject[Symbol.asyncDispose]();
      folder[Symbol.dispose]();
    },
  };
}

function pagesOf(path: string): number {
  const database = new DatabaseSync(path);
  const pages = Number(database.prepare("PRAGMA page_count").get()?.["page_count"]);
  database.close();
  return pages;
}

/** Changes the last byte of every stored value of a key. */
function flipValues(path: string, key: string): void {
  const database = new DatabaseSync(path);
  for (const table of ["entry", "change"]) {
    const bytes = Buffer.from(key);
    const change = database.prepare(`UPDATE ${table} SET value = ? WHERE key = ?`);
    const row = database.prepare(`SELECT value FROM ${table} WHERE key = ?`).get(bytes);
    const value = row?.["value"] as Uint8Array;
    value[value.length - 1] = (value.at(-1) ?? 0) ^ 1;
    change.run(value, bytes);
  }
  database.close();
}

describeConformance({
  name: "state-sqlite",
  cases: stateConformance,
  open,
  blocked: {
    SS68: "its engine is the process itself",
    SS69: "its engine is the process itself",
  },
});

test.for(durableStateMutants)("the suite kills: $name", async ({ kills, breakDriver }) => {
  const options = { open: () => open(breakDriver), timeoutMs: 5_000 };
  const killer = await killerOf(kills, stateConformance, options);
  expect(kills).toContain(killer);
});

test.for([
  ["the first acknowledged commit is lost", "DELETE FROM entry WHERE revision = 1"],
  ["one commit is there by half", "DELETE FROM entry WHERE revision = 1 AND position = 1"],
] as const)("SS55 notices when after a crash %s", async ([, damage]) => {
  const crash = stateConformance.find(({ id }) => id === "SS55");
  const broken = () =>
    open(undefined, (path) => {
      const database = new DatabaseSync(path);
      database.exec(damage);
      database.close();
    });
  expect(crash && (await runCase(crash, broken)).verdict).toBe("fail");
});

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

test("a file of version 1 keeps its entries and their versions, and its watchers begin anew", async () => {
  using folder = openScratchFolder();
  const path = join(folder.path, "state.db");
  const old = new DatabaseSync(path);
  old.exec(stateDatabase.migrations[0] ?? "");
  old.exec(`PRAGMA application_id = ${stateDatabase.applicationId}; PRAGMA user_version = 1;
    INSERT INTO namespace VALUES (1, 'default', 40, 0);
    INSERT INTO entry VALUES (1, x'61', x'62', 36, ${crc32("b", crc32("a"))});
    INSERT INTO change VALUES (1, 40, 0, x'61', x'62', ${crc32("b", crc32("a"))})`);
  old.close();
  await using store = new StateStore(await openSqliteState({ path }));
  expect((await store.get("a"))?.version).toBe("r10");
  const checks = [{ key: "a", is: { version: "r10" } }];
  await store.commit({ checks, ops: [{ put: "a", value: new Uint8Array(1) }] });
  await expect(store.watch({ after: 39 }).next()).rejects.toMatchObject({
    code: "watch.compacted",
  });
  expect((await store.watch({ after: 40 }).next()).value?.revision).toBe(41);
  expect((await store.get("a", { at: 40 }))?.value).toEqual(new Uint8Array([98]));
});

test("a file that is no database is reported as corrupt", async () => {
  using folder = openScratchFolder();
  const path = join(folder.path, "state.db");
  writeFileSync(path, "this is no database, but it is long enough to look like one".repeat(100));
  await expect(openSqliteState({ path })).rejects.toMatchObject({ code: "data.corrupt" });
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

test("sqlite: opens the file of its URL, and a scratch place leaves nothing beside it", async () => {
  using folder = openScratchFolder();
  const host = { clock: systemClock, log: silentLog, variables: {} };
  const path = join(folder.path, "my state.db");
  const url = `sqlite://${encodeURI(path)}`;
  const driver = await provider.open(url, host);
  await expect(provider.open(url, host)).rejects.toMatchObject({ code: "resource.busy" });
  await driver[Symbol.asyncDispose]();
  const before = readdirSync(folder.path);
  expect(before).toContain("my state.db");
  const place = await provider.openScratch(`${url}?idempotencyMs=500`, host);
  const one = new StateStore(await place.open());
  const other = new StateStore(await place.open());
  await one.commit({ ops: [{ put: "a", value: new Uint8Array(1) }] });
  expect([await other.head(), one.limits.idempotencyMs]).toEqual([1, 500]);
  await one.close();
  await other.close();
  await place[Symbol.asyncDispose]();
  expect(readdirSync(folder.path)).toEqual(before);
  for (const wrong of ["sqlite:", "sqlite://host/a", "file:///a", `${url}?owner=true`]) {
    await expect(provider.open(wrong, host)).rejects.toMatchObject({ code: "argument.invalid" });
  }
});
