import { raise } from "@bedplate/errors";
import { faultOf } from "@bedplate/testkit";
import { expect, test } from "vitest";
import { eachQueue } from "../src/each-queue.ts";

const items = [
  { queue: "b", id: 1 },
  { queue: "a", id: 2 },
  { queue: "b", id: 3 },
];

const unavailable = () =>
  raise("provider.unavailable", { op: "queue.extend", detail: { provider: "redis" }, message: "" });

test("answers come in the order of the items, whichever queue they are of", async () => {
  const seen: string[] = [];
  const answers = await eachQueue(items, async (queue, own) => {
    seen.push(queue);
    return own.map(({ id }) => `${queue}${id}`);
  });
  expect(answers).toEqual(["b1", "a2", "b3"]);
  expect(seen.toSorted()).toEqual(["a", "b"]);
  expect(await eachQueue([], async () => [])).toEqual([]);
});

test("when one queue was settled and another not, nobody says that nothing happened", async () => {
  const half = eachQueue(items, async (queue, own) => {
    if (queue === "a") throw unavailable();
    return own;
  });
  expect(await faultOf(half)).toMatchObject({
    code: "provider.indeterminate",
    effect: "unknown",
    op: "queue.extend",
  });
  const none = eachQueue(items, async () => {
    throw unavailable();
  });
  expect(await faultOf(none)).toMatchObject({ code: "provider.unavailable", effect: "none" });
});
