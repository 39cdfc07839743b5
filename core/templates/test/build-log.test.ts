import { StateStore } from "@bedplate/state";
import { openMemoryState } from "@bedplate/state-memory";
import { expect, it } from "vitest";
import { BuildLog, readLog } from "../src/build/build-log.ts";

/** A log whose store fails so many times, and what is stored. */
async function openLog(failures: number) {
  const state = new StateStore(await openMemoryState());
  let left = failures;
  const failing = new Proxy(state, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name);
      if (typeof value !== "function") return value;
      if (name !== "commit" || left === 0) return value.bind(target);
      return async () => {
        left -= 1;
        throw new Error("the store is away");
      };
    },
  });
  const log = new BuildLog({ state: failing, build: "build", from: 0, now: () => 1 });
  const texts = async () =>
    (await readLog(state, "build", { from: 0, limit: 500 })).map(({ text }) => text);
  return { log, texts };
}

/** Long enough that a rejection which nobody handles would have been told. */
const aWhile = () => new Promise((resolve) => setTimeout(resolve, 20));

it("writes again what the store did not take, in order and without a gap", async () => {
  const { log, texts } = await openLog(1);
  log.add("one");
  await aWhile();
  log.add("two");
  await log.flush();
  expect(await texts()).toEqual(["one", "two"]);
});

it("tells of what is not stored where it is flushed, and can be flushed again", async () => {
  const { log, texts } = await openLog(2);
  log.add("one");
  await aWhile();
  await expect(log.flush()).rejects.toThrow("the store is away");
  log.add("two");
  await log.flush();
  expect(await texts()).toEqual(["one", "two"]);
});
