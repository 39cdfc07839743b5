import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { expect, test } from "vitest";

const script = join(import.meta.dirname, "find-engine-bugs.ts");

function find(
  run: string,
  cases: number,
): { readonly status: number | null; readonly out: string } {
  const { status, stdout } = spawnSync(
    process.execPath,
    [script, "--run", run, "--cases", String(cases)],
    { encoding: "utf8", timeout: 120_000 },
  );
  return { status, out: stdout };
}

test("faults in the text of the engine are found by generated tests", { timeout: 170_000 }, () => {
  const { status, out } = find("32nd|another frame left|back to zero", 200);
  expect(out).not.toContain("not found");
  expect(out.trim().split("\n")).toHaveLength(3);
  expect(status).toBe(0);
});

test("a fault that no case shows is said to be missed", { timeout: 170_000 }, () => {
  expect(find("keeps a 32nd", 1)).toMatchObject({
    status: 1,
    out: expect.stringContaining("not found"),
  });
});
