/**
 * Records the text and the digest of each contract of `contracts/environment` at its present
 * version. A recorded version never changes: a changed surface needs a new minor first. Until the
 * version was published, `--unreleased` records it anew.
 *
 * Usage: node tools/record-surface.ts [--unreleased]
 */

import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { isDeepStrictEqual } from "node:util";
import {
  contractNames,
  contractVersion,
  surfaceDigest,
  surfaceDocument,
} from "@bedplate/environment";

const { major, minor } = contractVersion;
const path = `contracts/environment/surface/${major}.${minor}.json`;
const contracts = Object.fromEntries(
  contractNames.map((name) => [
    name,
    { digest: surfaceDigest(name), document: surfaceDocument(name) },
  ]),
);

// The example in another language states what it was written against, as every plug-in does.
const examplePath = "examples/plugins/echo-python/surface.json";
const exampleSurfaces = {
  environment: surfaceDigest("environment"),
  "facet/invoke": surfaceDigest("facet/invoke"),
};

const record = JSON.parse(JSON.stringify({ version: `${major}.${minor}`, contracts }));
const earlier = existsSync(path) ? JSON.parse(readFileSync(path, "utf8")) : record;

if (!isDeepStrictEqual(earlier, record) && !process.argv.includes("--unreleased")) {
  process.stderr.write(`Cannot record ${path}: it says something else; raise contractVersion\n`);
  process.exitCode = 1;
} else {
  writeFileSync(path, `${JSON.stringify(record, null, 2)}\n`);
  writeFileSync(examplePath, `${JSON.stringify(exampleSurfaces, null, 2)}\n`);
  process.stdout.write(`${path} recorded; run npm run fix\n`);
}
