import { expect, test } from "vitest";
import { PythonRig } from "./python-rig.ts";

const bytes = (text: string) => new TextEncoder().encode(text);

test("a script finds its arguments, environment, input and files", async () => {
  await using rig = await PythonRig.open();
  const script = `
import sys, os
print(sys.argv, os.environ["NAME"], os.getcwd())
print(sys.stdin.read().upper(), end="")
print(open("data.txt").read(), open("/srv/deep/er.bin", "rb").read())
`;
  const { outcome, stdout, stderr } = await rig.run(script, {
    args: ["a", "b c"],
    env: { NAME: "value" },
    stdin: bytes("line\n"),
    files: { "data.txt": bytes("text"), "/srv/deep/er.bin": Uint8Array.of(0, 255) },
  });
  expect(stderr).toBe("");
  expect(stdout).toBe("['main.py', 'a', 'b c'] value /home/guest\nLINE\ntext b'\\x00\\xff'\n");
  expect(outcome).toMatchObject({ kind: "returned", exitCode: 0 });
});

test("an uncaught exception prints the script's own frames and reverts", async () => {
  await using rig = await PythonRig.open();
  const script = "def half(n):\n    return n / 0\n\nhalf(4)\n";
  const { outcome, stderr } = await rig.run(script, { name: "examples/fail.py" });
  expect(outcome).toMatchObject({ kind: "reverted", exitCode: 1 });
  expect(stderr).toBe(`Traceback (most recent call last):
  File "examples/fail.py", line 4, in <module>
    half(4)
    ~~~~^^^
  File "examples/fail.py", line 2, in half
    return n / 0
           ~~^~~
ZeroDivisionError: division by zero
`);
});

test("a name that leads out of the guest's home is cut to its last step", async () => {
  await using rig = await PythonRig.open();
  const look = "import sys\nprint(sys.argv[0], __file__)";
  const names = ["../../x.py", "a/b.py", "/srv/c.py", ".."];
  const seen = [];
  for (const name of names) seen.push((await rig.run(look, { name })).stdout);
  expect(seen).toEqual([
    "x.py /home/guest/x.py\n",
    "a/b.py /home/guest/a/b.py\n",
    "/srv/c.py /srv/c.py\n",
    "main.py /home/guest/main.py\n",
  ]);
});

test("an error of syntax is told like any other", async () => {
  await using rig = await PythonRig.open();
  const { outcome, stderr } = await rig.run("x = (1,\n");
  expect(outcome).toMatchObject({ kind: "reverted", exitCode: 1 });
  expect(stderr).toContain('File "main.py", line 1');
  expect(stderr).toContain("SyntaxError: '(' was never closed");
});

test("sys.exit() sets the exit code, and a text goes to stderr", async () => {
  await using rig = await PythonRig.open();
  const exits = async (code: string) => {
    const { outcome, stderr } = await rig.run(`import sys\nsys.exit(${code})`);
    return [outcome.kind, "exitCode" in outcome ? outcome.exitCode : undefined, stderr];
  };
  expect(await exits("")).toEqual(["returned", 0, ""]);
  expect(await exits("0")).toEqual(["returned", 0, ""]);
  expect(await exits("7")).toEqual(["reverted", 7, ""]);
  expect(await exits("'why'")).toEqual(["reverted", 1, "why\n"]);
  expect((await rig.run("import os\nos._exit(9)")).outcome).toMatchObject({ exitCode: 9 });
});

test("a function takes its arguments as JSON or text, and gives JSON", async () => {
  await using rig = await PythonRig.open();
  const script = `
def add(a: int, b: int = 1): return {"sum": a + b}
def shout(text: str): return text.upper()
def show(anything): return anything
async def later(n): return n + 1
`;
  const call = async (entry: string, ...args: string[]) =>
    (await rig.run(script, { entry, args })).result;
  expect(await call("add", "2")).toBe('{"sum": 3}');
  expect(await call("shout", "12")).toBe('"12"');
  expect(await call("show", '{"a": [1, null]}')).toBe('{"a": [1, null]}');
  expect(await call("show", "no json")).toBe('"no json"');
  expect(await call("later", "1")).toBe("2");
});

test("a wrong entry or argument is the caller's fault, with a pointer", async () => {
  await using rig = await PythonRig.open();
  const script = "def add(a: int, b: int): return a + b\n";
  const pointer = async (entry: string, ...args: string[]) => {
    try {
      await rig.run(script, { entry, args });
      return undefined;
    } catch (error) {
      const { code, effect, blame, detail } = (error as { fault: Record<string, never> }).fault;
      return [code, effect, blame, (detail as { path: string } | undefined)?.path];
    }
  };
  const fault = ["argument.invalid", "none", "caller"];
  expect(await pointer("absent")).toEqual([...fault, "/entry"]);
  expect(await pointer("add", "1", "x")).toEqual([...fault, "/args/1"]);
  expect(await pointer("add", "1")).toEqual([...fault, "/args/1"]);
  const files = { "a/../b": new Uint8Array() };
  await expect(rig.run(script, { files })).rejects.toMatchObject({
    fault: { code: "argument.invalid", detail: { path: "/files" } },
  });
  const twice = { a: new Uint8Array(), "a/b": new Uint8Array() };
  await expect(rig.run(script, { files: twice })).rejects.toMatchObject({
    fault: { code: "argument.invalid", detail: { path: "/files" } },
  });
});

test("output is streamed in the order in which it was written", async () => {
  await using rig = await PythonRig.open();
  const heard: string[] = [];
  const script = `
import sys
print("one")
print("two", file=sys.stderr)
print("three", end="")
`;
  const { events } = await rig.run(script, { onEvent: (text) => heard.push(text) });
  const told = events.map(({ topic, data }) => [topic, Buffer.from(data).toString()]);
  expect(told).toEqual([
    ["stdout", "one\n"],
    ["stderr", "two\n"],
    ["stdout", "three"],
  ]);
  expect(heard).toEqual(["one\n", "two\n", "three"]);
});

test("each run starts from the base state", async () => {
  await using rig = await PythonRig.open();
  const script = `
import os, builtins, json
print(os.listdir("/tmp"), hasattr(builtins, "mine"), hasattr(json, "mine"))
open("/tmp/left", "w").write("x"); builtins.mine = 1; json.mine = 2
`;
  const instance = await rig.start(script);
  const first = await rig.run(script, { instance });
  const second = await rig.run(script, { instance });
  expect(first.stdout).toBe("[] False False\n");
  expect(second.stdout).toBe(first.stdout);
  expect(second.receipt).toBe(first.receipt);
});

test("the file system works as programs expect", async () => {
  await using rig = await PythonRig.open();
  const script = `
import os, shutil, tempfile, pathlib, sqlite3, zipfile, stat
p = pathlib.Path("a/b/c"); p.mkdir(parents=True); (p / "f").write_text("hello")
os.rename("a/b/c/f", "a/g"); print(sorted(os.listdir("a")), os.stat("a/g").st_size)
with open("a/g", "r+b") as f: f.seek(3); f.write(b"LONGER"); f.truncate(6)
print(open("a/g").read()); os.symlink("g", "a/l"); print(os.readlink("a/l"), open("a/l").read())
with open("a/g", "a") as f: f.write("!"); print(f.tell())
try: os.rmdir("a")
except OSError as e: print(type(e).__name__, e.errno == 55)
try: open("none")
except FileNotFoundError as e: print(e)
with tempfile.TemporaryDirectory() as d: open(d + "/x", "w").write("1"); print(os.path.exists(d + "/x"))
c = sqlite3.connect("db"); c.execute("create table t(n)"); c.executemany("insert into t values (?)", [(1,), (2,)]); c.commit(); c.close()
print(sqlite3.connect("db").execute("select sum(n) from t").fetchone())
with zipfile.ZipFile("z.zip", "w") as z: z.write("a/g")
print(zipfile.ZipFile("z.zip").read("a/g")); shutil.rmtree("a"); print(os.path.exists("a"))
os.umask(0o077); open("m", "w"); print(stat.filemode(os.stat("m").st_mode))
fd = os.open("s", os.O_RDWR | os.O_CREAT); os.unlink("s"); os.write(fd, b"gone"); os.lseek(fd, 0, 0); print(os.read(fd, 9))
r, w = os.pipe(); os.write(w, b"pipe"); os.close(w); print(os.read(r, 9), os.read(r, 9))
print([e.name for e in os.scandir("/")], os.path.isdir("/dev"))
`;
  const { stdout, stderr } = await rig.run(script);
  expect(stderr).toBe("");
  expect(stdout.split("\n")).toEqual([
    "['b', 'g'] 5",
    "helLON",
    "g helLON",
    "7",
    "OSError True",
    "[Errno 44] No such file or directory: 'none'",
    "True",
    "(3,)",
    "b'helLON!'",
    "False",
    "-rw-------",
    "b'gone'",
    "b'pipe' b''",
    "['home', 'tmp', 'lib', 'dev'] True",
    "",
  ]);
});
