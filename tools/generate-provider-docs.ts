/**
 * Writes docs/reference/provider-conformance.md from the suites and the JSON report of a whole test
 * run (`npm test -- --reporter=json --outputFile.json=FILE`). With `--check` it writes nothing, and
 * fails when the page is not what it would write.
 *
 * Usage: node tools/generate-provider-docs.ts FILE [--check]
 */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { providerPage } from "./docs/provider-page.ts";
import { readScores } from "./docs/provider-scores.ts";

const path = "docs/reference/provider-conformance.md";
const report = process.argv[2];
if (report === undefined) throw new Error("Name the report of a test run");
const text = providerPage(readScores(report));
const isSame = existsSync(path) && readFileSync(path, "utf8") === text;
if (!process.argv.includes("--check")) writeFileSync(path, text);
else if (!isSame) {
  process.stderr.write(`${path} is out of date: run node tools/generate-provider-docs.ts REPORT\n`);
  process.exitCode = 1;
}
