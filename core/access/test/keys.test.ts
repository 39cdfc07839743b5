import { seededRandom, VirtualClock } from "@bedplate/clock";
import { StateStore } from "@bedplate/state";
import { openMemoryState } from "@bedplate/state-memory";
import { faultOf } from "@bedplate/testkit";
import { expect, test } from "vitest";
import { demandRole, Keys, keyCacheMs } from "../src/index.ts";

async function openKeys(): Promise<{ keys: Keys; clock: VirtualClock; state: StateStore }> {
  const clock = new VirtualClock();
  const state = new StateStore(await openMemoryState());
  return { keys: new Keys({ state, clock, random: seededRandom("keys") }), clock, state };
}

test("authenticate() knows a key, and nothing in the store tells its secret", async () => {
  const { keys, state } = await openKeys();
  const { key, text } = await keys.create({ project: "p", role: "runner", label: "ci" });
  expect(await keys.authenticate(text)).toEqual({ keyId: key.id, project: "p", role: "runner" });
  const [, secret = ""] = text.split(key.id);
  for await (const entry of state.listAll()) {
    expect(Buffer.from(entry.value).toString()).not.toContain(secret);
  }
});

test.for(["", "bp_x", "bp_0123456789abcdef_0123456789abcdefghjkmnpqrstvwxyz"])(
  "authenticate(%s) refuses",
  async (text) => {
    const { keys } = await openKeys();
    expect(await faultOf(keys.authenticate(text))).toMatchObject({ kind: "unauthenticated" });
  },
);

test("a revoked key ends within the cache time, on other replicas too", async () => {
  const { keys, clock, state } = await openKeys();
  const { key, text } = await keys.create({ project: "p", role: "admin", label: "" });
  const replica = new Keys({ state, clock, random: seededRandom("replica") });
  await replica.authenticate(text);
  expect(await faultOf(keys.revoke(key.id, "other"))).toMatchObject({ code: "resource.missing" });
  await keys.revoke(key.id, "p");
  expect(await faultOf(keys.authenticate(text))).toMatchObject({ code: "key.invalid" });
  await clock.advance(keyCacheMs);
  expect(await faultOf(replica.authenticate(text))).toMatchObject({ code: "key.invalid" });
});

test("demandRole() lets the same role and stronger ones through", () => {
  const of = (role: "viewer" | "runner" | "admin") => ({ keyId: "k", project: "p", role });
  expect(() => demandRole(of("runner"), "viewer")).not.toThrow();
  expect(() => demandRole(of("runner"), "runner")).not.toThrow();
  expect(() => demandRole(of("runner"), "admin")).toThrow(/needs the role admin/);
});
