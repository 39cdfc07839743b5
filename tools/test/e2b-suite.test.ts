import { expect, test } from "vitest";
import { isNothing } from "../e2b/left-overs.ts";
import { unpassed } from "../e2b/suite.ts";

test("a case that is not in the report has not passed", () => {
  const live = new Set(["a > 1", "a > 2", "b > 1"]);
  const result = (name: string, status: "passed" | "failed") => ({ name, status, reason: "" });
  const results = [result("a > 1", "passed"), result("a > 2", "failed"), result("c > 1", "failed")];
  expect(unpassed(live, results).map(({ name }) => name)).toEqual(["a > 2", "b > 1"]);
  expect(unpassed(live, [])).toHaveLength(3);
});

test("one thing that is left is not nothing", () => {
  expect([isNothing({ mounts: [] }), isNothing({ mounts: ["/x"], folders: [] })]).toEqual([
    true,
    false,
  ]);
});
