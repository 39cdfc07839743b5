import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import type { RewriteOptions } from "../src/index.ts";
import { runSpecScript } from "./spec/spec-harness.ts";
import { readSpecScript } from "./spec/spec-script.ts";

/**
 * The official suite, where a folder with its converted scripts is named; see
 * `docs/how-to/run-the-wasm-spec-suite.md`. Rewriting must change the result of no statement.
 */
const folder = process.env["BEDPLATE_WASM_SPEC"];

const modes: Readonly<Record<string, RewriteOptions>> = {
  "fuel and depth": {},
  "canonical NaN and exported state": { nan: "canonical", exportState: true },
  "charges by block": { charging: "blocks" },
};

const totals: Record<string, { passed: number; count: number }> = {};

function count(mode: string, failures: readonly (string | undefined)[]): void {
  const total = totals[mode] ?? { passed: 0, count: 0 };
  totals[mode] = {
    passed: total.passed + failures.filter((each) => each === undefined).length,
    count: total.count + failures.length,
  };
}

if (folder === undefined) {
  test("the official suite is left out: BEDPLATE_WASM_SPEC names no folder; semantics.test.ts runs instead", () => {
    expect(modes).not.toEqual({});
  });
} else {
  describe("the official suite gives the same result raw and rewritten", () => {
    const names = readdirSync(folder).filter((name) => name.endsWith(".js"));
    test("the folder holds scripts", () => expect(names.length).toBeGreaterThan(0));
    test.each(names)("%s", { timeout: 120_000 }, (name) => {
      const script = readSpecScript(name, readFileSync(join(folder, name), "utf8"));
      const raw = runSpecScript(script, undefined);
      count(
        "raw",
        raw.map((each) => each.failure),
      );
      for (const [mode, options] of Object.entries(modes)) {
        const rewritten = runSpecScript(script, options);
        count(
          mode,
          rewritten.map((each) => each.failure),
        );
        const verdicts = (results: typeof raw) =>
          results.map(({ place, failure }) => `${place} ${failure === undefined ? "ok" : "fails"}`);
        expect(verdicts(rewritten)).toEqual(verdicts(raw));
      }
    });
    test("totals", () => {
      for (const [mode, { passed, count: all }] of Object.entries(totals)) {
        process.stdout.write(`spec suite, ${mode}: ${passed} of ${all} statements pass\n`);
      }
      expect(totals["raw"]?.passed).toBeGreaterThan(0);
    });
  });
}
