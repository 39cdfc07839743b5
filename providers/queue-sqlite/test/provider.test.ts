import { readdirSync } from "node:fs";
import { join } from "node:path";
import { VirtualClock } from "@bedplate/clock";
import { silentLog } from "@bedplate/telemetry";
import { openScratchFolder } from "@bedplate/testkit";
import { expect, test } from "vitest";
import { provider } from "../src/index.ts";

const host = { clock: new VirtualClock(), log: silentLog, variables: {} };

test("a scratch place is beside the file, shared by its drivers, and leaves nothing", async () => {
  using folder = openScratchFolder();
  const url = `sqlite:${join(folder.path, "queue.db")}`;
  {
    await using place = await provider.openScratch(url, host);
    await using one = await place.open();
    await using two = await place.open();
    const body = new Uint8Array();
    const job = { id: "a", body, priority: 0, notBefore: null, expiresAt: null, attemptsMax: 1 };
    await one.enqueue("lane", [{ ...job, group: null, dedupe: null }]);
    expect(await two.inspect("lane", "a")).toMatchObject({ state: "ready" });
  }
  expect(readdirSync(folder.path)).toEqual([]);
});

test("a URL opens its file for one owner, or for all when it is shared", async () => {
  using folder = openScratchFolder();
  const url = `sqlite://${join(folder.path, "a%20queue.db")}`;
  {
    await using _owner = await provider.open(url, host);
    await expect(provider.open(url, host)).rejects.toMatchObject({ code: "resource.busy" });
  }
  await using _one = await provider.open(`${url}?shared=true`, host);
  await using _two = await provider.open(`${url}?shared=true`, host);
  expect(readdirSync(folder.path)).toContain("a queue.db");
});

test.each(["sqlite:", "sqlite://host/queue.db", "sqlite:folder/", "sqlite:a.db?owner=true"])(
  "%s is refused",
  async (url) => {
    await expect(provider.open(url, host)).rejects.toMatchObject({ code: "argument.invalid" });
  },
);
