import { statSync } from "node:fs";
import { join } from "node:path";
import { openScratchFolder } from "@bedplate/testkit";
import { expect, test } from "vitest";
import { applyInTransaction, openDatabase, takeOwnership } from "../src/index.ts";

const first = { applicationId: 77, migrations: ["CREATE TABLE a (x INTEGER) STRICT"] };
const second = {
  ...first,
  migrations: [...first.migrations, "ALTER TABLE a ADD COLUMN y INTEGER"],
};

test("a file is brought to the newest version and keeps its rows", () => {
  using folder = openScratchFolder();
  const path = join(folder.path, "a.db");
  const old = openDatabase(path, first);
  old.exec("INSERT INTO a VALUES (1)");
  old.close();
  const now = openDatabase(path, second);
  expect(
    now
      .prepare("SELECT * FROM a")
      .all()
      .map((row) => ({ ...row })),
  ).toEqual([{ x: 1, y: null }]);
  now.close();
  expect(() => openDatabase(path, first)).toThrow(
    expect.objectContaining({ code: "contract.incompatible" }),
  );
});

test("a migration that fails leaves the file at its version", () => {
  using folder = openScratchFolder();
  const path = join(folder.path, "a.db");
  openDatabase(path, first).close();
  const broken = {
    ...first,
    migrations: [...first.migrations, "CREATE TABLE b (x); no such word"],
  };
  expect(() => openDatabase(path, broken)).toThrow();
  const again = openDatabase(path, first);
  expect(
    again.prepare("SELECT count(*) AS n FROM sqlite_schema WHERE name = 'b'").get()?.["n"],
  ).toBe(0);
  again.close();
});

test("a file of another application is refused", () => {
  using folder = openScratchFolder();
  const path = join(folder.path, "a.db");
  openDatabase(path, first).close();
  expect(() => openDatabase(path, { ...first, applicationId: 78 })).toThrow(
    expect.objectContaining({ code: "contract.incompatible" }),
  );
});

test("a commit waits for the disk: the file is in WAL mode with full synchronisation", () => {
  using folder = openScratchFolder();
  const database = openDatabase(join(folder.path, "a.db"), first);
  expect(database.prepare("PRAGMA journal_mode").get()?.["journal_mode"]).toBe("wal");
  expect(database.prepare("PRAGMA synchronous").get()?.["synchronous"]).toBe(2);
  database.close();
});

test("one request that throws undoes its whole group", () => {
  using folder = openScratchFolder();
  const database = openDatabase(join(folder.path, "a.db"), first);
  const insert = database.prepare("INSERT INTO a VALUES (?)");
  const apply = (value: number | string) => insert.run(value);
  expect(() => applyInTransaction(database, apply, [1, 2, "no number"])).toThrow();
  applyInTransaction(database, apply, [3]);
  expect(database.prepare("SELECT sum(x) AS sum FROM a").get()?.["sum"]).toBe(3);
  database.close();
});

test("ownership is one at a time, and free again after dispose", () => {
  using folder = openScratchFolder();
  const path = join(folder.path, "a.db");
  const owner = takeOwnership(path);
  expect(() => takeOwnership(path)).toThrow(expect.objectContaining({ code: "resource.busy" }));
  owner[Symbol.dispose]();
  owner[Symbol.dispose]();
  takeOwnership(path)[Symbol.dispose]();
});

test("a new file is its owner's alone, and a folder that is not there is a fault", () => {
  using folder = openScratchFolder();
  const path = join(folder.path, "a.db");
  const database = openDatabase(path, first);
  for (const file of [path, `${path}-wal`]) expect(statSync(file).mode & 0o777).toBe(0o600);
  database.close();
  const nowhere = join(folder.path, "none", "a.db");
  const unavailable = expect.objectContaining({ code: "provider.unavailable" });
  expect(() => openDatabase(nowhere, first)).toThrow(unavailable);
  expect(() => takeOwnership(nowhere)).toThrow(unavailable);
});
