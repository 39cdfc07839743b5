import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { expect, test } from "vitest";

const root = join(import.meta.dirname, "left-out");
const vitest = join(import.meta.dirname, "../../../node_modules/vitest/vitest.mjs");

function runFixture(all: string) {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [vitest, "run", "--root", root, "--reporter=verbose"],
    { encoding: "utf8", env: { ...process.env, BEDPLATE_TEST_ALL: all, NO_COLOR: "1" } },
  );
  return { status, output: stdout + stderr };
}

test("what is absent is listed with its reason, and the rest runs", () => {
  const { status, output } = runFixture("");
  expect(status).toBe(0);
  expect(output).toContain("left out: the moon (it is out of reach)");
  expect(output).toMatch(/1 passed \| 1 skipped/);
});

test("what is absent fails where nothing may be left out", () => {
  const { status, output } = runFixture("1");
  expect(status).toBe(1);
  expect(output).toContain("left out: the moon (it is out of reach), and BEDPLATE_TEST_ALL is 1");
});
