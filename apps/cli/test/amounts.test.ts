import { faultOf } from "@bedplate/testkit";
import { expect, test } from "vitest";
import { budgetOf, durationOption } from "../src/amounts.ts";
import type { Invocation } from "../src/command.ts";

function invocation(values: Invocation["values"]): Invocation {
  const terminal = { isJson: false, out: () => {}, err: () => {} };
  return { values, positionals: [], terminal, signal: new AbortController().signal };
}

test("a budget reads counts by thousands, bytes by 1024, and times in seconds", () => {
  expect(
    budgetOf(invocation({ fuel: "1.5m", memory: "64m", timeout: "2", "output-max": "8KiB" })),
  ).toEqual({ fuel: 1_500_000, memoryBytes: 64 * 2 ** 20, wallMs: 2_000, outputBytes: 8_192 });
  expect(budgetOf(invocation({}))).toEqual({});
});

test.each([
  ["250ms", 250],
  ["1.5s", 1_500],
  ["2m", 120_000],
  ["1h", 3_600_000],
])("%s is %i ms", (text, ms) => {
  expect(durationOption(invocation({ drain: text }), "drain")).toBe(ms);
});

test.each(["", "ten", "-1s", "5x", "1..5s", "0x10"])(
  "%j is no amount, and says which option",
  async (text) => {
    const read = async () => durationOption(invocation({ drain: text }), "drain");
    expect(await faultOf(read())).toMatchObject({
      code: "argument.invalid",
      detail: { path: "--drain" },
    });
  },
);
