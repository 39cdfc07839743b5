import { expect, test } from "vitest";
import { InstanceLife } from "../src/index.ts";

const used = { fuel: 5, wallMs: 1, cpuMs: 2, memoryBytes: 10, outputBytes: 3 };

test("a phase keeps its beginning, and the first end counts", () => {
  let at = 1;
  const life = new InstanceLife(() => at);
  life.move("running");
  at = 2;
  life.move("running");
  expect(life.status).toMatchObject({ phase: "running", sinceAt: 1 });
  const exit = life.stop();
  at = 3;
  expect(life.stop()).toEqual(exit);
  expect(life.status).toMatchObject({ phase: "stopped", sinceAt: 2, exit: { code: 0, at: 2 } });
});

test("use is summed up, memory is the most of any run, and fuel stays exact", () => {
  const life = new InstanceLife(() => 0);
  life.add(used);
  life.add({ ...used, memoryBytes: 4 });
  expect(life.status.usage).toEqual({
    fuel: 10,
    wallMs: 2,
    cpuMs: 4,
    memoryBytes: 10,
    outputBytes: 6,
  });
  life.add({ ...used, fuel: Number.MAX_SAFE_INTEGER });
  expect(life.status.usage.fuel).toBe(Number.MAX_SAFE_INTEGER);
});
