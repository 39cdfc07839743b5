import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { PythonRig, type TryOptions } from "./python-rig.ts";

interface Hostile {
  readonly name: string;
  readonly script: string;
  readonly options?: TryOptions;
  /** Outcomes that are right, as `kind` or `kind meter`. */
  readonly ends: readonly string[];
}

const wall = { budget: { wallMs: 400 } };
const fuel = { budget: { fuel: 1_000_000_000 } };
const memory = { budget: { memoryBytes: 128 * 1024 * 1024 } };
const bothWays = ["exhausted memoryBytes", "reverted"];
const tooDeep = ["exhausted depth", "reverted"];

const hostile: readonly Hostile[] = [
  {
    name: "endless loop, by time",
    script: "while True: pass",
    options: wall,
    ends: ["exhausted wallMs"],
  },
  {
    name: "endless loop, by fuel",
    script: "while True: pass",
    options: fuel,
    ends: ["exhausted fuel"],
  },
  {
    name: "catch everything",
    script:
      "while True:\n  try:\n    while True: raise KeyboardInterrupt\n  except BaseException: pass",
    options: fuel,
    ends: ["exhausted fuel"],
  },
  {
    name: "exit and catch it",
    script: "import sys\nwhile True:\n  try: sys.exit()\n  except BaseException: pass",
    options: fuel,
    ends: ["exhausted fuel"],
  },
  {
    name: "one huge list",
    script: "a = [0] * 10**9",
    options: memory,
    ends: ["exhausted memoryBytes"],
  },
  {
    name: "one huge text",
    script: "a = 'x' * 2**30",
    options: memory,
    ends: ["exhausted memoryBytes"],
  },
  { name: "a text beyond all sizes", script: "a = 'x' * 2**31", ends: ["reverted"] },
  {
    name: "huge range as a list",
    script: "list(range(10**9))",
    options: memory,
    ends: ["exhausted memoryBytes"],
  },
  {
    name: "many small lists",
    script: "a = []\nwhile True: a.append([1])",
    options: memory,
    ends: ["exhausted memoryBytes"],
  },
  {
    name: "allocate and catch",
    script:
      "a = []\nwhile True:\n  try:\n    while True: a.append(bytearray(10**6))\n  except MemoryError: pass",
    options: { budget: { memoryBytes: 128 * 1024 * 1024, fuel: 3_000_000_000 } },
    ends: ["exhausted fuel", "exhausted memoryBytes"],
  },
  { name: "deep recursion", script: "def f(): f()\nf()", ends: ["reverted"] },
  {
    name: "recursion without a limit",
    script: "import sys\nsys.setrecursionlimit(10**9)\ndef f(): f()\nf()",
    options: memory,
    ends: ["exhausted memoryBytes", "exhausted depth", "reverted"],
  },
  { name: "deep JSON", script: "import json\njson.loads('[' * 10**6)", ends: tooDeep },
  { name: "deep repr", script: "x = []\nfor i in range(10**5): x = [x]\nrepr(x)", ends: tooDeep },
  {
    name: "deep comparison",
    script: "x = []; y = []\nfor i in range(10**5): x = [x]; y = [y]\nx == y",
    ends: tooDeep,
  },
  {
    name: "deep pickle",
    script: "import pickle\nx = []\nfor i in range(10**5): x = [x]\npickle.dumps(x)",
    ends: tooDeep,
  },
  { name: "deep source", script: "eval('(' * 10**5)", ends: tooDeep },
  {
    name: "deep destructors",
    script: "x = []\nfor i in range(10**6): x = [x]\ndel x",
    ends: [...tooDeep, "returned"],
  },
  { name: "huge exponent", script: "10**10**8", options: fuel, ends: ["exhausted fuel"] },
  {
    name: "catastrophic pattern",
    script: "import re\nre.match('(a+)+$', 'a' * 40 + 'b')",
    options: fuel,
    ends: ["exhausted fuel"],
  },
  {
    name: "output flood",
    script: "while True: print('x' * 100)",
    options: { budget: { outputBytes: 10_000 } },
    ends: ["exhausted outputBytes"],
  },
  {
    name: "output flood, catching",
    script: "while True:\n  try: print('x' * 100)\n  except BaseException: pass",
    options: { budget: { outputBytes: 10_000 } },
    ends: ["exhausted outputBytes"],
  },
  {
    name: "a byte to each stream in turn",
    script: "import os\nwhile True: os.write(1, b'o'); os.write(2, b'e')",
    options: { budget: { outputBytes: 1_000_000 } },
    ends: ["exhausted outputBytes"],
  },
  {
    name: "resurrection",
    script: "class A:\n  def __del__(self): A()\nwhile True: A()",
    options: fuel,
    ends: ["exhausted fuel", "exhausted depth"],
  },
  {
    name: "zip bomb",
    script: `
import io, zipfile
b = io.BytesIO()
with zipfile.ZipFile(b, "w", zipfile.ZIP_DEFLATED) as z: z.writestr("a", bytes(30_000_000))
for i in range(100): open(f"f{i}", "wb").write(zipfile.ZipFile(b).read("a"))`,
    options: memory,
    ends: bothWays,
  },
  {
    name: "a sparse file",
    script: "open('a', 'wb').truncate(2**31 - 1)",
    options: memory,
    ends: bothWays,
  },
  {
    name: "files without names",
    script:
      "import os\nk = []\nwhile True:\n  k.append(open('a', 'wb')); k[-1].write(bytes(10**6)); os.unlink('a')",
    options: memory,
    ends: bothWays,
  },
  {
    name: "empty files without end",
    script: "i = 0\nwhile True:\n  open(f'/tmp/{i}', 'w').close(); i += 1",
    options: { budget: { memoryBytes: 48 * 1024 * 1024 } },
    ends: bothWays,
  },
  {
    name: "chance without end",
    script: "import os\nwhile True: os.urandom(10**7)",
    options: fuel,
    ends: ["exhausted fuel"],
  },
  {
    name: "sleep for ever",
    script: "import time\ntime.sleep(10**9)",
    options: wall,
    ends: ["exhausted wallMs"],
  },
  {
    name: "sleep for ever, in real time",
    script: "import time\ntime.sleep(10**9)",
    options: { ...wall, config: { profile: "normal" } },
    ends: ["exhausted wallMs"],
  },
  {
    name: "threads",
    script: "import threading\nthreading.Thread(target=print).start()",
    ends: ["reverted"],
  },
  { name: "processes", script: "import os\nos.fork()", ends: ["reverted"] },
  { name: "kill", script: "import os\nos.kill(os.getpid(), 9)", ends: ["reverted", "trapped"] },
  { name: "abort", script: "import os\nos.abort()", ends: ["trapped"] },
];

test("each hostile script ends right, and the run after it is as in a fresh process", {
  timeout: 300_000,
}, async () => {
  await using rig = await PythonRig.open();
  const probe = await rig.start("import os\nprint(sum(range(1000)), os.listdir('/tmp'))");
  const clean = await rig.run("", { instance: probe });
  for (const { name, script, options, ends } of hostile) {
    const { outcome } = await rig.run(script, options);
    const end = outcome.kind === "exhausted" ? `exhausted ${outcome.meter}` : outcome.kind;
    expect(ends, `${name}: ${end}`).toContain(end);
    const after = await rig.run("", { instance: probe });
    expect(after.receipt, `the run after: ${name}`).toBe(clean.receipt);
  }
});

test("a budget of memory bounds the whole process", { timeout: 60_000 }, async () => {
  await using rig = await PythonRig.open({ warmProcesses: 0, keptProcesses: 1 });
  const idle = await rig.run("print(1)");
  expect(idle.outcome.kind).toBe("returned");
  const before = largestChild();
  const bytes = 200 * 1024 * 1024;
  const hoards = ["bytearray(1 << 20)", "[i]", "open(str(i), 'wb').write(bytes(1 << 20))"];
  for (const hoard of hoards) {
    const script = `held = []\nfor i in range(10**9): held.append(${hoard})`;
    const { outcome } = await rig.run(script, { budget: { memoryBytes: bytes } });
    expect(["exhausted", "reverted"]).toContain(outcome.kind);
    expect(largestChild() - before, hoard).toBeLessThan(2 * bytes);
  }
});

test("a script that writes without end grows its process by less than its memory budget", {
  timeout: 60_000,
}, async () => {
  await using rig = await PythonRig.open({ warmProcesses: 0, keptProcesses: 1 });
  await rig.run("print(1)");
  const before = largestChild();
  const memoryBytes = 64 * 1024 * 1024;
  for (const line of [
    "print('x')",
    "os.write(1, b'o'); os.write(2, b'e')",
    "os.urandom(1 << 24)",
  ]) {
    const script = `import os\nwhile True: ${line}`;
    const { outcome } = await rig.run(script, { budget: { memoryBytes, fuel: 2_000_000_000 } });
    expect(outcome.kind).toBe("exhausted");
    expect(largestChild() - before, line).toBeLessThan(memoryBytes);
  }
});

/** Peak resident bytes of the largest guest process of this one. Linux only; elsewhere 0. */
function largestChild(): number {
  try {
    const children = readFileSync(`/proc/${process.pid}/task/${process.pid}/children`, "utf8");
    const peaks = children
      .trim()
      .split(" ")
      .map((pid) => {
        const status = readFileSync(`/proc/${pid}/status`, "utf8");
        return Number(/VmHWM:\s+(\d+) kB/.exec(status)?.[1] ?? 0) * 1024;
      });
    return Math.max(0, ...peaks);
  } catch {
    return 0;
  }
}
