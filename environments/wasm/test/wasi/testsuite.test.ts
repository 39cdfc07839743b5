import { expect, test } from "vitest";
import { isExpected, readSuite, runCase, type SuiteCase } from "./suite-case.ts";

/** A checkout of https://github.com/WebAssembly/wasi-testsuite, branch `prod/testsuite-base`. */
const checkout = process.env["BEDPLATE_WASI_TESTSUITE"];

/** Cases of preview 1 in the suite, and how many of them must pass at least. */
const casesInSuite = 72;
const passedMin = 66;

test.skipIf(checkout === undefined)(
  "the official suite passes (left out unless BEDPLATE_WASI_TESTSUITE names a checkout)",
  () => {
    const cases = readSuite(checkout ?? "");
    expect(cases).toHaveLength(casesInSuite);
    const failures = cases.flatMap(failureOf);
    const passed = cases.length - failures.length;
    process.stdout.write(`wasi-testsuite: ${passed} of ${cases.length}\n`);
    for (const failure of failures) process.stdout.write(`${failure}\n`);
    expect(passed, failures.join("\n")).toBeGreaterThanOrEqual(passedMin);
  },
);

test.runIf(checkout === undefined)("says that the official suite was left out", () => {
  process.stdout.write(
    "wasi-testsuite: left out; set BEDPLATE_WASI_TESTSUITE to a checkout of it\n",
  );
  expect(checkout).toBeUndefined();
});

function failureOf(suiteCase: SuiteCase): readonly string[] {
  try {
    const result = runCase(suiteCase);
    if (isExpected(suiteCase, result)) return [];
    return [`failed: ${suiteCase.name}: ${JSON.stringify(result)}`];
  } catch (error) {
    return [`failed: ${suiteCase.name}: ${String(error)}`];
  }
}
