/**
 * Writes docs/reference/provider-conformance.md from the suites and the list of the providers' tests.
 * With `--check` it writes nothing, and fails when the page is not what it would write. It needs every
 * engine (`tools/services/install.sh`): without one, its tests are not in the list.
 */
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { openScratchFolder } from "@bedplate/testkit";
import { providerPage } from "./docs/provider-page.ts";
import { readScores } from "./docs/provider-scores.ts";

const path = "docs/reference/provider-conformance.md";

function listTests(): unknown {
  using scratch = openScratchFolder();
  const file = join(scratch.path, "list.json");
  execFileSync(
    "npx",
    ["vitest", "list", "providers", "examples/providers", "--no-static-parse", `--json=${file}`],
    { stdio: ["ignore", "ignore", "inherit"] },
  );
  return JSON.parse(readFileSync(file, "utf8"));
}

const text = providerPage(readScores(listTests()));
const isSame = existsSync(path) && readFileSync(path, "utf8") === text;
if (!process.argv.includes("--check")) writeFileSync(path, text);
else if (!isSame) {
  process.stderr.write(`${path} is out of date: run node tools/generate-provider-docs.ts\n`);
  process.exitCode = 1;
}
