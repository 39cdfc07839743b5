import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { openScratchFolder } from "@bedplate/testkit";
import { expect, test } from "vitest";
import { bedplate, house, start } from "./bedplate.ts";

const longMs = 240_000;
const receiptLine = /^receipt sha256:[0-9a-f]{64} {2}\S+@\S+ {2}[\d.]+ ms {2}\d+ fuel {2}run_\w+$/m;

function write(folder: string, files: Readonly<Record<string, string>>): void {
  mkdirSync(folder, { recursive: true });
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
}

test(
  "a Python file, a folder, standard input: output, traceback, exit code, budget",
  async () => {
    using data = openScratchFolder();
    const options = { data: join(data.path, "data") };
    const app = join(data.path, "app");
    write(app, {
      "main.py": "import sys, lib\nprint(lib.read(), sys.argv[1:])\n",
      "lib.py": "def read():\n    return open('note.txt').read()\n",
      "note.txt": "noted",
    });
    const fail = join(data.path, "fail.py");
    write(data.path, { "fail.py": "import sys\nprint(sys.stdin.read())\n1 / 0\n" });

    const primes = await bedplate(["run", "examples/primes.py", "20"], options);
    expect(primes.code).toBe(0);
    expect(primes.stdout).toMatch(/\b2\s+3\s+5\s+7\s+11\s+13\s+17\s+19\b/);
    expect(primes.stderr).toMatch(receiptLine);

    const folder = await bedplate(["run", app, "--no-receipt", "--", "--flag", "b"], options);
    expect(folder).toMatchObject({ code: 0, stdout: "noted ['--flag', 'b']\n" });
    expect(folder.stderr).not.toContain("receipt");

    const failed = await bedplate(["run", fail, "--stdin", "-"], { ...options, stdin: "given" });
    expect(failed).toMatchObject({ code: 1, stdout: "given\n" });
    expect(failed.stderr).toContain("ZeroDivisionError: division by zero");
    expect(failed.stderr).toMatch(/File ".*", line 3/);

    const piped = await bedplate(["run", "-", "--env", "python"], {
      ...options,
      stdin: "import sys\nsys.exit(7)\n",
    });
    expect(piped.code).toBe(7);
    const endless = await bedplate(["run", "-", "--env", "python", "--fuel", "200m"], {
      ...options,
      stdin: "while True: pass\n",
    });
    expect(endless.code).toBe(124);
    expect(endless.stderr).toContain("used up its budget: fuel");
  },
  longMs,
);

test(
  "a JavaScript file and a folder with relative imports",
  async () => {
    using data = openScratchFolder();
    const options = { data: join(data.path, "data") };
    const app = join(data.path, "app");
    write(app, {
      "main.js": "import { twice } from './lib/twice.js';\nconsole.log(twice(21), args.join());\n",
    });
    write(join(app, "lib"), { "twice.js": "export const twice = (n) => n * 2;\n" });
    const file = await bedplate(["run", "examples/primes.js", "20"], options);
    expect(file).toMatchObject({ code: 0, stdout: "2 3 5 7 11 13 17 19\n8 primes below 20\n" });
    const folder = await bedplate(["run", app, "a", "b"], options);
    expect(folder).toMatchObject({ code: 0, stdout: "42 a,b\n" });
    const failed = await bedplate(["run", "-", "--env", "javascript"], {
      ...options,
      stdin: "function f() { throw new Error('no'); }\nf();\n",
    });
    expect(failed.code).toBe(1);
    expect(failed.stderr).toContain("Error: no");
  },
  longMs,
);

test(
  "WebAssembly: a WASI program, a function with arguments, a trap, bad input",
  async () => {
    using data = openScratchFolder();
    const options = { data: data.path };
    const hello = await bedplate(["run", "examples/hello.wasm"], options);
    expect(hello).toMatchObject({ code: 0, stdout: "Hello from WebAssembly\n" });
    const add = ["run", "examples/add.wasm", "--entry", "add"];
    const sum = await bedplate([...add, "--arg", "2", "--arg=-5"], options);
    expect(sum).toMatchObject({ code: 0, stdout: "-3\n" });

    const words = await bedplate(["run", "examples/wasi/wordcount.wasm", "--stdin", "-"], {
      ...options,
      stdin: "one two\n",
    });
    expect(words.stdout.trim().split(/\s+/)).toEqual(["1", "2", "8"]);

    const refused = await bedplate(["run", "examples/add.wasm", "--entry", "none"], options);
    expect(refused).toMatchObject({ code: 65, stdout: "" });
    expect(refused.stderr).toContain("argument.invalid");
    const wrong = await bedplate([...add, "--arg", "two", "--arg", "3", "--json"], options);
    expect(wrong.code).not.toBe(0);
    expect(wrong.stdout).toContain("/args/0");
    const broken = join(data.path, "broken.wasm");
    writeFileSync(broken, Buffer.from("\0asm\x01\0\0\0\x01\xff", "latin1"));
    expect((await bedplate(["run", broken], options)).code).toBe(65);
    expect((await bedplate(["run", "none.wasm"], options)).code).toBe(66);
    expect((await bedplate(["run", "README.md"], options)).code).toBe(65);
    expect((await bedplate([...add, "--timeout", "soon"], options)).code).toBe(65);
  },
  longMs,
);

test(
  "a trap is 134, and --json has everything in one value",
  async () => {
    using data = openScratchFolder();
    const trap = join(data.path, "trap.wasm");
    // (module (func (export "f") unreachable))
    const code = "0061736d01000000010401600000030201000705010166 00000a05010300000b".replace(
      " ",
      "",
    );
    writeFileSync(trap, Buffer.from(code, "hex"));
    const options = { data: join(data.path, "data") };
    const run = await bedplate(["run", trap, "--entry", "f", "--json"], options);
    expect(run.code).toBe(134);
    expect(JSON.parse(run.stdout)).toMatchObject({
      phase: "done",
      outcome: { kind: "trapped" },
      entry: "f",
      logs: [],
      receipt: expect.stringMatching(/^sha256:/),
    });
  },
  longMs,
);

/**
 * Writes 16 KiB that begin with "begun" by WASI's `fd_write`, and loops for ever: less is kept until
 * more comes, because how writes are joined must not depend on time.
 */
const begunAndEndless: string = [
  "0061736d01000000010c0260047f7f7f7f017f60000002230116776173695f736e617073686f745f",
  "70726576696577310866645f77726974650000030201010503010001071302066d656d6f72790200",
  "065f737461727400010a14011200410141004101411010001a03400c000b0b0b14010041000b0e08",
  "00000000400000626567756e0a",
].join("");

test.each([
  ["javascript", Buffer.from("console.log('begun'); for (;;);\n")],
  ["wasm", Buffer.from(begunAndEndless, "hex")],
])(
  "Ctrl-C cancels a run of %s that never ends, and its output came before",
  async (slot, program) => {
    using data = openScratchFolder();
    const options = { data: join(data.path, "data") };
    const path = join(data.path, "program");
    writeFileSync(path, program);
    const running = start(["run", path, "--env", slot], options);
    await expect.poll(() => running.stdout(), { timeout: 60_000 }).toMatch(/^begun\n/);
    running.child.kill("SIGINT");
    expect((await running.finished).code).toBe(130);
    const { stdout } = await bedplate(["runs", "ls", "--json"], options);
    expect(JSON.parse(stdout)).toMatchObject({ runs: [{ phase: "cancelled" }] });
  },
  longMs,
);

test(
  "two commands at once on one data folder: both run",
  async () => {
    using data = openScratchFolder();
    const twice = await Promise.all(
      [1, 2].map(() => bedplate(["run", "examples/hello.wasm"], { data: data.path, cwd: house })),
    );
    expect(twice.map((each) => [each.code, each.stdout])).toEqual([
      [0, "Hello from WebAssembly\n"],
      [0, "Hello from WebAssembly\n"],
    ]);
  },
  longMs,
);
