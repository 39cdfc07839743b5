import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import type { RewriteOptions } from "../src/index.ts";
import { runSpecScript } from "./spec/spec-harness.ts";
import { readSpecScript } from "./spec/spec-script.ts";
import { buildModule } from "./support/build-module.ts";

/**
 * The official suite, where a folder with its converted scripts is named; see
 * `docs/how-to/run-the-wasm-spec-suite.md`. Rewriting must change the result of no statement.
 */
const folder = process.env["BEDPLATE_WASM_SPEC"];

const modes: Readonly<Record<string, RewriteOptions>> = {
  "fuel and depth": {},
  "canonical NaN and exported state": { nan: "canonical", exportState: true },
  "charges by block": { charging: "blocks" },
  "marks of written pages": { fuel: false, depth: false, dirtyPages: true },
};

const addModule = buildModule({
  functions: [
    { name: "add", params: "i32 i32", results: "i32", code: "local.get 0; local.get 1; i32.add" },
  ],
});

/** In the form in which the reference interpreter writes scripts. */
const sampleScript = `
let registry = {};
function module(bytes) {
  return new WebAssembly.Module(Uint8Array.from(bytes, (each) => each.charCodeAt(0)));
}
function instance(mod, imports = registry) { return new WebAssembly.Instance(mod, imports); }
function call(instance, name, args) { return instance.exports[name](...args); }
function assert_unlinkable() {}
function assert_uninstantiable() {}
function assert_exhaustion() {}
function assert_return(action, expected) {
  if (action() !== expected) throw new Error(action() + " is not " + expected);
}

// sample.wast:1
let $$1 = module(${JSON.stringify(String.fromCharCode(...addModule))});

// sample.wast:1
let $1 = instance($$1);

// sample.wast:5
assert_return(() => call($1, "add", [2, 3]), 5);
`;

const totals: Record<string, { passed: number; count: number }> = {};

function count(mode: string, failures: readonly (string | undefined)[]): void {
  const total = totals[mode] ?? { passed: 0, count: 0 };
  totals[mode] = {
    passed: total.passed + failures.filter((each) => each === undefined).length,
    count: total.count + failures.length,
  };
}

if (folder === undefined) {
  process.stdout.write(
    "The official WebAssembly suite is left out: BEDPLATE_WASM_SPEC is not set\n",
  );
  test("the harness runs a script of our own, and sees a wrong answer", () => {
    const wrong = sampleScript.replace("[2, 3]), 5", "[2, 3]), 6");
    for (const options of [undefined, ...Object.values(modes)]) {
      const failures = (text: string) =>
        runSpecScript(readSpecScript("sample", text), options).map((each) => each.failure);
      expect(failures(sampleScript)).toEqual([undefined, undefined, undefined]);
      expect(failures(wrong)).toEqual([undefined, undefined, "5 is not 6"]);
    }
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
