import { expect, it } from "vitest";
import { Turns } from "../../src/network/turns.ts";

it("does the work of one name in order, that of others meanwhile, and goes on after a failure", async () => {
  const turns = new Turns();
  const seen: string[] = [];
  const { promise: gate, resolve: open } = Promise.withResolvers<void>();
  const first = turns.take("a", async () => {
    await gate;
    seen.push("first");
    throw new Error("lost");
  });
  const failed = expect(first).rejects.toThrow("lost");
  const second = turns.take("a", async () => seen.push("second"));
  await turns.take("b", async () => seen.push("other"));
  open();
  await failed;
  await second;
  expect(seen).toEqual(["other", "first", "second"]);
});
