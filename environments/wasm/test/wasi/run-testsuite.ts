/**
 * Runs the official suite of WASI: `node environments/wasm/test/wasi/run-testsuite.ts CHECKOUT`, a
 * checkout of https://github.com/WebAssembly/wasi-testsuite, branch `prod/testsuite-base`.
 */
import { isExpected, readSuite, runCase, type SuiteCase, type SuiteMode } from "./suite-case.ts";

/** Cases of preview 1 in the suite; all of them must pass. */
const casesInSuite = 72;

function failureOf(suiteCase: SuiteCase, mode: SuiteMode): readonly string[] {
  try {
    const result = runCase(suiteCase, mode);
    if (isExpected(suiteCase, result)) return [];
    return [`failed: ${suiteCase.name}: ${JSON.stringify(result)}`];
  } catch (error) {
    return [`failed: ${suiteCase.name}: ${String(error)}`];
  }
}

const cases = readSuite(process.argv[2] ?? ".");
for (const mode of ["bare", "metered"] as const) {
  const failures = cases.flatMap((each) => failureOf(each, mode));
  const passed = cases.length - failures.length;
  console.log(`wasi-testsuite, ${mode}: ${passed} of ${casesInSuite}`);
  for (const failure of failures) console.log(failure);
  if (passed !== casesInSuite) process.exitCode = 1;
}
