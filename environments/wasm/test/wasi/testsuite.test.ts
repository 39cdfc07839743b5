import { expect, test } from "vitest";
import { isExpected, readSuite, runCase, type SuiteCase, type SuiteMode } from "./suite-case.ts";

/** A checkout of https://github.com/WebAssembly/wasi-testsuite, branch `prod/testsuite-base`. */
const checkout = process.env["BEDPLATE_WASI_TESTSUITE"];

/** Cases of preview 1 in the suite; all of them must pass. */
const casesInSuite = 72;

test.skipIf(checkout === undefined).each(["bare", "metered"] as const)(
  "the official suite passes, %s (left out unless BEDPLATE_WASI_TESTSUITE names a checkout)",
  { timeout: 300_000 },
  (mode) => {
    const cases = readSuite(checkout ?? "");
    expect(cases).toHaveLength(casesInSuite);
    const failures = cases.flatMap((each) => failureOf(each, mode));
    const passed = cases.length - failures.length;
    process.stdout.write(`wasi-testsuite, ${mode}: ${passed} of ${cases.length}\n`);
    for (const failure of failures) process.stdout.write(`${failure}\n`);
    expect(failures).toEqual([]);
  },
);

test.runIf(checkout === undefined)("says that the official suite was left out", () => {
  process.stdout.write(
    "wasi-testsuite: left out; set BEDPLATE_WASI_TESTSUITE to a checkout of it\n",
  );
  expect(checkout).toBeUndefined();
});

function failureOf(suiteCase: SuiteCase, mode: SuiteMode): readonly string[] {
  try {
    const result = runCase(suiteCase, mode);
    if (isExpected(suiteCase, result)) return [];
    return [`failed: ${suiteCase.name}: ${JSON.stringify(result)}`];
  } catch (error) {
    return [`failed: ${suiteCase.name}: ${String(error)}`];
  }
}
