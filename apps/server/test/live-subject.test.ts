import { overriding } from "@bedplate/conformance";
import { type StateDriver, StateStore } from "@bedplate/state";
import { provider } from "@bedplate/state-memory";
import { expect, test } from "vitest";
import { conformProvider } from "../src/index.ts";
import { openLive } from "../src/providers/live-subject.ts";

test("a live subject opens its place again, also on a driver that is broken on purpose", async () => {
  const open = openLive({
    provider,
    url: "memory:",
    bind: (driver: StateDriver) => new StateStore(driver),
    more: async () => ({}),
  });
  await using opened = await open((driver) => overriding(driver, { head: async () => 7 }));
  const other = await opened.kit.second();
  await opened.target.commit({ ops: [{ put: "a", value: new Uint8Array(1) }] });
  expect(await other.get("a")).toMatchObject({ revision: 1 });
  expect(await other.head()).toBe(7);
});

test("what keeps every case from being run is said as what it is", async () => {
  const odd = conformProvider("memory:", { contract: "state", only: ["SS1", "ZZ"] });
  await expect(odd).rejects.toMatchObject({ code: "resource.missing" });
  const unknown = conformProvider("memory:?histroyCommitsMax=1", { contract: "state" });
  await expect(unknown).rejects.toMatchObject({ code: "argument.invalid" });
});
