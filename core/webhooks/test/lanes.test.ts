import { expect, test } from "vitest";
import { Lanes } from "../src/herald/lanes.ts";

/** A delivery of its own subject. */
function open(project: string, webhook: string, id: string, nextAt = 0) {
  return { id, project, webhook, subject: `run/${id}`, nextAt };
}

function takeAll(lanes: Lanes, now = 0) {
  const taken = [];
  for (let next = lanes.take(now); next !== undefined; next = lanes.take(now)) taken.push(next);
  return taken;
}

test("a project whose endpoints hang leaves room for the others", () => {
  const lanes = new Lanes();
  for (let i = 0; i < 200; i++) lanes.put(open("hung", `h${i % 10}`, `${i}`));
  const hung = takeAll(lanes);
  expect(hung).toHaveLength(16);
  for (let i = 0; i < 20; i++) lanes.put(open("other", "o", `${i}`));
  const other = takeAll(lanes);
  // As many as one webhook may have under way.
  expect(other.map(({ project }) => project)).toEqual(Array(8).fill("other"));
});

test("projects and their webhooks take turns", () => {
  const lanes = new Lanes();
  for (const webhook of ["a1", "a2"]) {
    for (let i = 0; i < 3; i++) lanes.put(open("a", webhook, `${webhook}${i}`));
  }
  lanes.put(open("b", "b1", "b10"));
  const order: string[] = [];
  for (let next = lanes.take(0); next !== undefined; next = lanes.take(0)) {
    order.push(next.webhook);
    lanes.delete(next);
    lanes.free(next);
  }
  expect(order).toEqual(["a1", "b1", "a2", "a1", "a2", "a1", "a2"]);
});

test("a lane is due when its first delivery is, however often that changes", () => {
  const lanes = new Lanes();
  const first = open("p", "w", "1", 10);
  lanes.put(first);
  lanes.put({ ...first, nextAt: 30 });
  lanes.put({ ...first, id: "2", nextAt: 0 });
  lanes.put(open("p", "w", "3", 20));
  expect([lanes.nextAt(), lanes.take(19)]).toEqual([20, undefined]);
  expect(lanes.take(20)?.id).toBe("3");
  expect([lanes.nextAt(), lanes.take(29)]).toEqual([30, undefined]);
  // Due by now, and put off once more before it was taken.
  lanes.put({ ...first, nextAt: 40 });
  expect([lanes.take(39), lanes.take(40)?.id]).toEqual([undefined, "1"]);
  expect([lanes.nextAt(), lanes.countOf("w")]).toEqual([Number.POSITIVE_INFINITY, 3]);
});
