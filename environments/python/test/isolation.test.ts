import { expect, test } from "vitest";
import { PythonRig } from "./python-rig.ts";

test("there is no bridge to the host's language", async () => {
  await using rig = await PythonRig.open();
  const script = `
import sys, importlib
for name in ["js", "pyodide_js", "_pyodide_core", "pyodide.ffi", "pyodide.code", "pyodide",
             "ctypes", "_ctypes", "_posixsubprocess", "_testcapi", "_testinternalcapi"]:
    try:
        importlib.import_module(name)
        print("found", name)
    except ImportError:
        pass
import _imp
for name in ["_pyodide_core", "_ctypes", "js"]:
    print(_imp.is_builtin(name))
`;
  const { stdout, stderr } = await rig.run(script);
  expect(stderr).toBe("");
  expect(stdout).toBe("0\n0\n0\n");
});

test("no object of the host is anywhere among the guest's objects", async () => {
  await using rig = await PythonRig.open();
  const script = `
import gc, sys
def walk(kind, seen):
    for each in type.__subclasses__(kind):
        if each not in seen:
            seen.add(each)
            walk(each, seen)
    return seen
names = {f"{c.__module__}.{c.__name__}" for c in walk(object, set())}
names |= {f"{type(o).__module__}.{type(o).__name__}" for o in gc.get_objects()}
names |= set(sys.modules)
print(sorted(n for n in names if any(w in n.lower() for w in ("jsproxy", "pyodide", "javascript", "hiwire", "jsexception", "jsnull"))))
`;
  expect((await rig.run(script)).stdout).toBe("[]\n");
});

test("the guest sees nothing of the machine", async () => {
  await using rig = await PythonRig.open();
  const script = `
import os, glob
for path in ["/proc/self/environ", "/proc/1/cmdline", "/etc/passwd", "/etc/hostname", "/root", "/usr", "/sys",
             "../../../../../../etc/passwd", "/dev/mem", "/dev/fd/3", "/proc/self/fd/3"]:
    try:
        os.stat(path)
        print("found", path)
    except OSError:
        pass
for number in range(3, 64):
    for action in (lambda: os.read(number, 1), lambda: os.write(number, b"x"), lambda: os.fstat(number)):
        try:
            action()
            print("open", number)
        except OSError:
            pass
print(sorted(os.environ), os.getuid(), sorted(os.listdir("/")))
`;
  const { stdout, stderr } = await rig.run(script);
  expect(stderr).toBe("");
  expect(stdout).toBe(
    "['HOME', 'LANG', 'PYTHONHASHSEED', 'TZ'] 1000 ['dev', 'home', 'lib', 'tmp']\n",
  );
});

test("there is no network, no shell and no second process", async () => {
  await using rig = await PythonRig.open();
  const script = `
import socket, os, subprocess, urllib.request
def attempt(name, action):
    try:
        print(name, "worked", action())
    except Exception as error:
        print(name, type(error).__name__)
attempt("socket", lambda: socket.socket())
attempt("lookup", lambda: socket.getaddrinfo("localhost", 80))
attempt("http", lambda: urllib.request.urlopen("http://127.0.0.1:1/"))
attempt("run", lambda: subprocess.run(["true"]))
attempt("spawn", lambda: os.posix_spawn("/bin/true", ["true"], {}))
attempt("exec", lambda: os.execv("/bin/true", ["true"]))
print(os.system("true") == 0)
`;
  const { stdout } = await rig.run(script);
  expect(stdout).not.toContain("worked");
  expect(stdout.endsWith("False\n")).toBe(true);
});

test("what a script does to its own interpreter ends with the run", async () => {
  await using rig = await PythonRig.open();
  const vandal = `
import sys, builtins, gc, atexit
frame = sys._getframe()
while frame is not None:
    for name in list(frame.f_globals):
        if name in ("run", "_flush", "_report", "_encode"):
            frame.f_globals[name] = lambda *a, **k: b"Vstolen"
    frame = frame.f_back
builtins.print = None
builtins.open = None
sys.modules.clear()
gc.disable()
`;
  const before = await rig.run("print('here')");
  await rig.run(vandal);
  const after = await rig.run("print('here')");
  expect(after.stdout).toBe("here\n");
  expect(after.receipt).toBe(before.receipt);
});
