import { expect, test } from "vitest";
import { describeWithEngines, listAsLeftOut } from "../../src/vitest.ts";

// Run by a Vitest of its own; see `left-out.test.ts`.
listAsLeftOut("the moon", "it is out of reach");
describeWithEngines("here", [], () => {
  test("what can run runs", () => expect(1).toBe(1));
});
