import { expect, it } from "vitest";
import type { Machine } from "../src/machine/machine.ts";
import { fixedPart, type MachinePlan } from "../src/machine/machine-plan.ts";
import { type MakeSpare, WarmMachines } from "../src/machine/warm-machines.ts";

const plan: MachinePlan = {
  config: { user: "root" },
  caps: {},
  env: {},
  layers: [],
  usesHost: true,
  rootDigest: "sha256:root",
};

/** A pool that wants two spares of each kind; machines are names that can be released, or not. */
function poolOf(make: MakeSpare) {
  return new WarmMachines({ make, wanted: 2, kindsMax: 2 });
}

function spare(id: string, release: () => Promise<void> = async () => {}): Machine {
  return { handle: { id }, release } as unknown as Machine;
}

it("gives way by a spare that can be released, and says so where none can", async () => {
  const gone: string[] = [];
  const made = ["one", "two"].values();
  await using pool = poolOf(async () => {
    const id = made.next().value ?? "more";
    return spare(id, async () => {
      if (id === "two") throw new Error("its processes stay");
      gone.push(id);
    });
  });
  pool.take(plan);
  await expect.poll(() => pool.count).toBe(2);
  // The one that was made last is tried first.
  expect(await pool.giveWay()).toBe(true);
  expect(gone).toEqual(["one"]);
  expect(await pool.giveWay()).toBe(false);
});

it("makes none of a kind that failed until one is asked for again", async () => {
  let tries = 0;
  await using pool = poolOf(async () => {
    tries += 1;
    throw new Error("it does not start");
  });
  pool.take(plan);
  await expect.poll(() => tries).toBe(1);
  pool.topUp();
  await new Promise((resolve) => setTimeout(resolve, 20));
  expect(tries).toBe(1);
  pool.take(plan);
  await expect.poll(() => tries).toBe(2);
});

it("makes what there was no room for when there is room", async () => {
  let room = 0;
  await using pool = poolOf(async () => (room-- > 0 ? spare("one") : undefined));
  pool.take(plan);
  await expect.poll(() => room).toBeLessThan(0);
  room = 2;
  pool.topUp();
  await expect.poll(() => pool.count).toBe(2);
});

it("closes without waiting for spares that are due for those that were taken", async () => {
  let tries = 0;
  const pool = poolOf(async () => {
    tries += 1;
    return undefined;
  });
  for (let taken = 0; taken < 5000; taken += 1) pool.take(plan);
  await pool[Symbol.asyncDispose]();
  await new Promise((resolve) => setTimeout(resolve, 100));
  expect(tries).toBe(0);
});

it("keeps machines apart whose processes are other users by default", () => {
  const asked = { ...plan, process: { user: undefined, workdir: "/" } };
  const told = { ...plan, process: { user: "1000", workdir: "/" } };
  expect(fixedPart(asked)).not.toBe(fixedPart(told));
});
