import { VirtualClock } from "@bedplate/clock";
import { silentLog } from "@bedplate/telemetry";
import { expect, test } from "vitest";
import { provider } from "../src/index.ts";

const host = { clock: new VirtualClock(), log: silentLog, variables: {} };
const job = { priority: 0, notBefore: null, expiresAt: null, attemptsMax: 1 };

test("drivers of one scratch place share their jobs, and nothing with another place", async () => {
  await using place = await provider.openScratch("memory:", host);
  await using one = await place.open();
  const jobs = [{ ...job, id: "a", body: new Uint8Array(), group: null, dedupe: null }];
  await one.enqueue("lane", jobs);
  {
    await using two = await place.open();
    expect(await two.inspect("lane", "a")).toMatchObject({ state: "ready" });
  }
  expect(await one.inspect("lane", "a")).toMatchObject({ state: "ready" });
  await using other = await provider.open("memory:", host);
  expect(await other.inspect("lane", "a")).toBeNull();
});

test("an unknown setting is refused", async () => {
  await expect(provider.open("memory:?size=1", host)).rejects.toMatchObject({
    code: "argument.invalid",
  });
});
