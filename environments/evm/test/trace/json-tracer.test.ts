import { join } from "node:path";
import { expect, test } from "vitest";
import { type EngineName, openEngine } from "../../src/open-engine.ts";
import { runTestFile } from "../../src/statetest/run-test-files.ts";

async function traceOf(name: EngineName, run: RegExp): Promise<readonly string[]> {
  using engine = await openEngine(name);
  const { transactor, crypto } = engine;
  const lines: string[] = [];
  const trace = { hasMemory: true, write: (line: string) => void lines.push(line) };
  const path = join(import.meta.dirname, "../vectors/own.json");
  for await (const result of runTestFile(path, { transactor, crypto, run, trace })) {
    expect(result.pass, result.error).toBe(true);
  }
  return lines;
}

/** What a call costs by itself is defined by nobody: one engine counts what it hands on, one does not. */
function comparable(line: string): string {
  const { op = 0 } = JSON.parse(line) as { op?: number };
  const isCall = op >= 0xf0 && op !== 0xf3 && op < 0xfb;
  return isCall ? line.replace(/"gasCost":"0x[0-9a-f]+"/, "") : line;
}

test("both engines trace the same steps, on every fork", async () => {
  const run = /stores|calls another|transient|access list|reverts?|creation/;
  const reference = (await traceOf("reference", run)).map(comparable);
  expect((await traceOf("compiled", run)).map(comparable)).toEqual(reference);
  expect(reference.length).toBeGreaterThan(500);
});

test("a line has the members of EIP-3155, and the last one of a case sums it up", async () => {
  const lines = await traceOf("compiled", /transient/);
  const [first = {}] = lines.map((line) => JSON.parse(line) as Readonly<Record<string, unknown>>);
  expect(first).toEqual({
    pc: 0,
    op: 0x60,
    gas: "0x13498",
    gasCost: "0x3",
    memory: "0x",
    memSize: 0,
    stack: [],
    depth: 1,
    refund: 0,
    opName: "PUSH1",
  });
  const last = JSON.parse(lines.at(-1) ?? "{}") as Readonly<Record<string, unknown>>;
  expect(Object.keys(last).sort()).toEqual(["gasUsed", "output", "pass", "stateRoot"]);
});
