import { FaultError, faultCodes, raise } from "@bedplate/errors";
import type { RunView } from "@bedplate/routes";
import { expect, test } from "vitest";
import { exitCodeMeanings, exitCodeOf, exitCodeOfRun, exitCodes } from "../src/exit-codes.ts";

function ended(change: Partial<RunView>): RunView {
  return { phase: "done", ...change } as RunView;
}

test.each([
  [{ outcome: { kind: "returned" } }, 0],
  [{ outcome: { kind: "reverted", exitCode: 3 } }, 3],
  [{ outcome: { kind: "reverted" } }, 1],
  [{ outcome: { kind: "reverted", exitCode: 256 } }, 1],
  [{ outcome: { kind: "reverted", exitCode: -1 } }, 255],
  [{ outcome: { kind: "trapped", reason: "unreachable" } }, 134],
  [{ outcome: { kind: "exhausted", meter: "fuel" } }, 124],
  [{ outcome: { kind: "refused", reason: "no" } }, 126],
  [{ phase: "cancelled" }, 130],
  [{ phase: "failed" }, 70],
] as const)("%j ends with %i", (change, code) => {
  expect(exitCodeOfRun(ended(change))).toBe(code);
});

test("a failed run ends with the code of its fault", () => {
  const fault = raise("plugin.crashed", { op: "x", detail: { reason: "x" }, message: "x" }).fault;
  expect(exitCodeOfRun(ended({ phase: "failed", fault }))).toBe(exitCodes.unavailable);
});

test("every code of a fault has an exit code that is no success, and every exit code a meaning", () => {
  const [first] = Object.keys(faultCodes);
  expect(first).toBe("argument.invalid");
  for (const [code, { kind }] of Object.entries(faultCodes)) {
    const fault = { code, kind, message: "x" } as FaultError["fault"];
    expect([code, exitCodeOf(new FaultError(fault)) >= 64]).toEqual([code, true]);
  }
  expect(exitCodeOf(new Error("x"))).toBe(exitCodes.internal);
  expect(Object.keys(exitCodeMeanings)).toEqual(Object.keys(exitCodes));
  expect(new Set(Object.values(exitCodes)).size).toBe(Object.keys(exitCodes).length);
});
