import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { FaultError } from "@bedplate/errors";
import { openScratchFolder } from "@bedplate/testkit";
import { expect, test } from "vitest";
import { openEngine } from "../../src/open-engine.ts";
import { resultJson, runTestFile } from "../../src/statetest/run-test-files.ts";
import own from "../vectors/own.json" with { type: "json" };

type Tests = Readonly<Record<string, unknown>>;
const tests = own as Tests;
const [name = "", ...others] = Object.keys(tests);

async function namesIn(path: string, run?: RegExp): Promise<readonly string[]> {
  using engine = await openEngine("compiled");
  const { transactor, crypto } = engine;
  const names = new Set<string>();
  for await (const result of runTestFile(path, { transactor, crypto, run })) names.add(result.name);
  return [...names];
}

test("tests are read from JSON, from lines, packed or not, and below the names of files", async () => {
  using folder = openScratchFolder("bedplate-evm-files");
  const document = JSON.stringify({ [name]: tests[name] });
  const nested = JSON.stringify({ "a/file.json": { [name]: tests[name] } });
  const forms: Readonly<Record<string, string | Uint8Array>> = {
    "plain.json": document,
    "packed.json.gz": gzipSync(document),
    "lines.jsonl": `${document}\n\n${nested}\n`,
    "packed.jsonl.gz": gzipSync(`${nested}\n`),
  };
  for (const [file, content] of Object.entries(forms)) {
    writeFileSync(join(folder.path, file), content);
    expect(await namesIn(join(folder.path, file)), file).toEqual([name]);
  }
});

test("a regular expression chooses tests by their names", async () => {
  const path = join(import.meta.dirname, "../vectors/own.json");
  const some = await namesIn(path, /refused$/);
  expect(some.length).toBeGreaterThan(2);
  expect(some.every((each) => each.endsWith("refused"))).toBe(true);
  expect(others.length).toBeGreaterThan(some.length);
});

test("what is no file of tests is a fault that names it", async () => {
  using folder = openScratchFolder("bedplate-evm-files");
  const broken: Readonly<Record<string, string>> = {
    "half.json": "{",
    "empty.json.gz": "not packed",
    "number.json": "7",
    "test.json": '{"x":{"pre":{},"post":{},"env":{},"transaction":[]}}',
  };
  for (const [file, content] of Object.entries(broken)) {
    writeFileSync(join(folder.path, file), content);
    const error = await namesIn(join(folder.path, file)).catch((thrown: unknown) => thrown);
    expect(error, file).toBeInstanceOf(FaultError);
    expect((error as FaultError).code, file).toBe("argument.invalid");
  }
  const none = await namesIn(join(folder.path, "none.json")).catch((thrown: unknown) => thrown);
  expect((none as FaultError).code).toBe("resource.missing");
});

test("a wrong root, wrong logs and a wrong ending are told apart", async () => {
  using folder = openScratchFolder("bedplate-evm-files");
  const path = join(folder.path, "wrong.json");
  const wrong = structuredClone(tests[name]) as { post: Record<string, object[]> };
  const [post = {}] = wrong.post["Osaka"] ?? [];
  const zeros = `0x${"0".repeat(64)}`;
  const cases = [
    { ...post, hash: zeros },
    { ...post, logs: zeros },
    { ...post, expectException: "TransactionException.NONCE_IS_MAX" },
  ];
  writeFileSync(
    path,
    JSON.stringify({ [name]: { ...wrong, post: { Osaka: cases, Moon: [post] } } }),
  );
  using engine = await openEngine("compiled");
  const { transactor, crypto } = engine;
  const errors: string[] = [];
  for await (const result of runTestFile(path, { transactor, crypto })) {
    expect(result.pass).toBe(false);
    errors.push((resultJson(result) as { error: string }).error);
  }
  expect(errors[0]).toContain("root mismatch");
  expect(errors[1]).toContain("logs hash mismatch");
  expect(errors[2]).toContain("got no error");
  expect(errors[3]).toContain('unsupported fork "Moon"');
});
