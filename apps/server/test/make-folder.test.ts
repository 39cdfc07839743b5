import { existsSync, statSync } from "node:fs";
import { join } from "node:path";
import { openScratchFolder } from "@bedplate/testkit";
import { expect, test } from "vitest";
import { makeFolder } from "../src/make-folder.ts";

test("makeFolder() makes what is missing for its owner alone, and again does nothing", () => {
  using scratch = openScratchFolder();
  const path = join(scratch.path, "a", "b");
  makeFolder(path);
  makeFolder(path);
  expect(statSync(path).mode & 0o777).toBe(0o700);
});

test.runIf(existsSync("/proc/self"))("makeFolder() refuses where no folder can be made", () => {
  expect(() => makeFolder("/proc/nope/data")).toThrow(/Cannot make the data folder/);
});
