import { createReadStream } from "node:fs";
import { createInterface } from "node:readline";
import { createGunzip } from "node:zlib";
import { isStateTest } from "../statetest/state-test.ts";
import type { TestJson } from "./test-json.ts";

/** Most tests that are kept from one file. */
const examplesMax = 5_000;

/** Longest line that is looked at, in characters: larger tests are slow to change and to run. */
const lineLengthMax = 40_000;

/** The state tests of a file: JSON, or a line of JSON for each file of tests, plain or gzipped. */
export async function readExamples(path: string): Promise<readonly TestJson[]> {
  const file = createReadStream(path);
  const input = path.endsWith(".gz") ? file.pipe(createGunzip()) : file;
  const found: TestJson[] = [];
  const isLined = path.includes(".jsonl");
  let text = "";
  for await (const line of createInterface({ input })) {
    if (!isLined) text += line;
    else if (line.length <= lineLengthMax) collect(JSON.parse(line), found);
    if (found.length >= examplesMax) return found;
  }
  if (text !== "") collect(JSON.parse(text), found);
  return found;
}

/** Tests may lie in objects by the names of files. */
function collect(value: unknown, found: TestJson[]): void {
  if (isStateTest(value)) found.push(value as TestJson);
  else if (typeof value === "object" && value !== null) {
    for (const each of Object.values(value)) collect(each, found);
  }
}
