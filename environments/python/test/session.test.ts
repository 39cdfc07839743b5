import { expect, test } from "vitest";
import { PythonRig } from "./python-rig.ts";

const session = { session: true };
const evaluate = (...args: string[]) => ({ entry: "eval", args });

test("a session's globals live on, and the last expression is the result", async () => {
  await using rig = await PythonRig.open();
  const instance = await rig.start("x = 1\nx + 1\n", session);
  expect((await rig.run("", { instance })).result).toBe("2");
  expect((await rig.run("", { instance, ...evaluate("x += 10\n[x, 'a']") })).result).toBe(
    '[11, "a"]',
  );
  expect((await rig.run("", { instance, ...evaluate("def f(a): return a * x") })).result).toBe("");
  expect((await rig.run("", { instance, ...evaluate("f(2)") })).result).toBe("22");
  expect((await rig.run("", { instance, ...evaluate("f") })).result).toMatch(/^"<function f at /);
});

test("a run that does not return leaves the session as before", async () => {
  await using rig = await PythonRig.open();
  const instance = await rig.start("n = 0\n", session);
  const run = (code: string, budget = {}) => rig.run("", { instance, budget, ...evaluate(code) });
  await run("n = 5\nopen('kept', 'w').write('1')");
  const failed = await run("n = 6\nopen('lost', 'w').write('2')\n1 / 0");
  expect(failed.outcome).toMatchObject({ kind: "reverted", exitCode: 1 });
  expect(failed.stderr).toContain('File "<session>", line 3, in <module>\n    1 / 0');
  const spun = await run("n = 7\nwhile True: pass", { fuel: 500_000_000 });
  expect(spun.outcome).toEqual({ kind: "exhausted", meter: "fuel" });
  const hoarded = await run("n = 8\nwhile True: hoard = [0] * 10**8");
  expect(hoarded.outcome).toEqual({ kind: "exhausted", meter: "memoryBytes" });
  const aborted = await run("n = 9\nimport os; os.abort()");
  expect(aborted.outcome.kind).toBe("trapped");
  expect((await run("import os\n[n, sorted(os.listdir('.'))]")).result).toBe(
    '[5, ["kept", "main.py"]]',
  );
});

test("marks nest and rewind memory and files", async () => {
  await using rig = await PythonRig.open();
  const instance = await rig.start("n = 0\n", session);
  const { rewind } = instance.facets;
  const run = async (code: string) => (await rig.run("", { instance, ...evaluate(code) })).result;
  await run("f = open('f', 'w'); f.write('one'); f.flush()");
  const outer = await rewind.mark(rig.call());
  const digest = await rewind.digest(rig.call());
  await run("n = 1; f.write('two'); f.flush(); big = bytearray(40_000_000)");
  const inner = await rewind.mark(rig.call());
  await run("n = 2; f.write('three'); f.flush()");
  await rewind.rewind(inner, rig.call());
  expect(await run("[n, open('f').read()]")).toBe('[1, "onetwo"]');
  await rewind.rewind(outer, rig.call());
  expect(await rewind.digest(rig.call())).toBe(digest);
  expect(await run("f.write('!'); f.flush()\n[n, open('f').read(), 'big' in globals()]")).toBe(
    '[0, "one!", false]',
  );
});

test("sessions do not see one another", async () => {
  await using rig = await PythonRig.open();
  const [a, b] = [await rig.start("n = 'a'\n", session), await rig.start("n = 'b'\n", session)];
  await rig.run("", { instance: a, ...evaluate("import json; json.mine = 1; n = 'changed'") });
  const { result } = await rig.run("", {
    instance: b,
    ...evaluate("import json\n[n, hasattr(json, 'mine')]"),
  });
  expect(result).toBe('["b", false]');
});
