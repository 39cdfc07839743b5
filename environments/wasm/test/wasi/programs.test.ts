import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { createImage } from "../../src/wasi/file-system/file-system-image.ts";
import { runProgram } from "./suite-case.ts";

const examples = join(import.meta.dirname, "../../../../examples");
const hello = readFileSync(join(examples, "hello.wasm"));
const wordcount = readFileSync(join(examples, "wasi/wordcount.wasm"));

const poem = "the owl and the cat\nwent to sea\n\nthe END\n";
const files = { "/poem.txt": Buffer.from(poem), "/deep/er/one": Buffer.from("one") };

function count(args: readonly string[], stdin = "") {
  const image = createImage({ files });
  const result = runProgram(wordcount, {
    args: ["wordcount", ...args],
    stdin: Buffer.from(stdin),
    image,
  });
  const { end, stdout, stderr } = result;
  return { exitCode: end.kind === "exit" ? end.exitCode : undefined, stdout, stderr };
}

test("hello prints its line", () => {
  expect(runProgram(hello, { args: ["hello"] })).toMatchObject({
    end: { kind: "exit", exitCode: 0 },
    stdout: "Hello from WebAssembly\n",
    stderr: "",
  });
});

test("wordcount reads its input", () => {
  const line = "       4       10       41\n";
  expect(count([], poem)).toEqual({ exitCode: 0, stdout: line, stderr: "" });
  const long = "word ".repeat(100_000);
  expect(count([], long).stdout).toBe("       0   100000   500000\n");
});

test("wordcount reads files, by relative and absolute paths", () => {
  expect(count(["poem.txt", "/deep/er/one"])).toEqual({
    exitCode: 0,
    stdout:
      "       4       10       41 poem.txt\n       0        1        3 /deep/er/one\n" +
      "       4       11       44 total\n",
    stderr: "",
  });
});

test("wordcount lists the most frequent words", () => {
  expect(count(["-t", "2"], poem).stdout).toBe(
    "       4       10       41\n       3 the\n       1 and\n",
  );
});

test("wordcount says what it cannot read, and fails", () => {
  expect(count(["none", "poem.txt"])).toMatchObject({
    exitCode: 1,
    stderr: "wordcount: none: No such file or directory\n",
  });
  expect(count(["../poem.txt"]).exitCode).toBe(1);
  expect(count(["-t"])).toMatchObject({ exitCode: 2, stdout: "" });
});
