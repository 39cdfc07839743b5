import { afterAll, beforeAll, expect, test } from "vitest";
import { answered, openRig, type Rig, said } from "./rig.ts";

let rig: Rig;
beforeAll(async () => {
  rig = await openRig();
});
afterAll(() => rig[Symbol.asyncDispose]());

const bytes = (text: string) => new TextEncoder().encode(text);

test("a program prints, reads its input and returns", async () => {
  const source = `
    console.log("hello", args, process.env.WHO);
    console.error(stdin.text());
    console.log(stdin.lines().length, readFile("/data/a.txt", "utf8"), process.argv[1]);`;
  const executed = await rig.once(source, {
    input: {
      name: "examples/hello.js",
      args: ["a", "b"],
      env: { WHO: "me" },
      stdin: bytes("one\ntwo\n"),
      files: { "/data/a.txt": bytes("A") },
    },
  });
  expect(executed.outcome).toMatchObject({ kind: "returned", exitCode: 0 });
  expect(said(executed)).toBe("hello [ 'a', 'b' ] me\n2 A examples/hello.js\n");
  expect(said(executed, "stderr")).toBe("one\ntwo\n\n");
});

test("an uncaught error shows the script's own trace and exits with 1", async () => {
  const source = "function fail() {\n  const x = 1;\n  throw new TypeError('boom');\n}\nfail();\n";
  const executed = await rig.once(source, { input: { name: "examples/fail.js" } });
  expect(executed.outcome).toMatchObject({ kind: "reverted", exitCode: 1 });
  expect(said(executed, "stderr")).toBe(
    "Uncaught TypeError: boom\n    at fail (examples/fail.js:3:13)\n    at <eval> (examples/fail.js:5:1)\n",
  );
});

test("a syntax error names the file and the line", async () => {
  const executed = await rig.once("let a = 1;\nlet b = ;\n", { input: { name: "bad.js" } });
  expect(executed.outcome).toMatchObject({ kind: "reverted", exitCode: 1 });
  expect(said(executed, "stderr")).toMatch(/^Uncaught SyntaxError: .*\n {4}at bad\.js:2:9\n$/);
});

test.each([
  ["exit(3)", 3],
  ["try { exit(4) } catch { print('caught') } finally { print('no') }", 4],
  ["process.exitCode = 5", 5],
  ["setTimeout(() => exit(6), 1000); setInterval(() => {}, 10)", 6],
  ["Promise.reject(new Error('late'))", 1],
  ["await new Promise(() => {})", 13],
  ["throw null", 1],
])("%s ends with exit code %i", async (source, exitCode) => {
  const executed = await rig.once(source);
  expect(executed.outcome).toMatchObject({ kind: "reverted", exitCode });
  expect(said(executed)).toBe("");
});

test("timers run in the order of their times, on a clock that waiting moves on", async () => {
  const executed = await rig.once(`
    const at = Date.now();
    setTimeout(() => print("late", Date.now() - at >= 86_400_000), 86_400_000);
    const id = setInterval(() => { print("tick"); if (++count === 2) clearInterval(id); }, 5);
    let count = 0;
    setTimeout(print, 1, "early");
    queueMicrotask(() => print("micro"));
    await new Promise((resolve) => setTimeout(resolve, 7));
    print("awaited");`);
  expect(said(executed)).toBe("micro\nearly\ntick\nawaited\ntick\nlate true\n");
});

test("a module imports given files and nothing else", async () => {
  const files = {
    "/lib/math.js": bytes("import { one } from './one.js'; export const two = one + one;"),
    "/lib/one.js": bytes("export const one = 1;"),
  };
  const source = `
    import { two } from "./lib/math.js";
    print(two, typeof import.meta);
    for (const name of ["fs", "node:os", "bedplate:prelude/main.js", "/etc/passwd", "../../x.js"]) {
      await import(name).then(() => print("found", name), (error) => print(error.name));
    }`;
  const executed = await rig.once(source, { input: { files } });
  const refusals = "ReferenceError\n".repeat(5);
  expect(said(executed)).toBe(`2 object\n${refusals}`);
});

test.each([
  ["export function add(a, b) { return a + b; }", "add", ["2", "3"], "5"],
  ["export const add = async (a, b) => ({ sum: a + b });", "add", ["2", '"x"'], '{"sum":"2x"}'],
  ["function add(a, b) { return a + b; }", "add", ["[1", "3"], '"[13"'],
  ["const big = () => 2n ** 64n;", "big", [], "18446744073709551616"],
  ["const nothing = () => {};", "nothing", [], ""],
])("%s called as %s answers JSON", async (source, entry, args, expected) => {
  const executed = await rig.once(source, { entry, input: { args } });
  expect(executed.outcome.kind).toBe("returned");
  expect(answered(executed)).toBe(expected);
});

test.each(["absent", "value", "parseInt", "no such", "constructor", "__proto__"])(
  "the entry %s is refused with a pointer",
  async (entry) => {
    const source = "const value = 1; parseInt; ({}).constructor; ({}).__proto__;";
    await expect(rig.once(source, { entry })).rejects.toMatchObject({
      fault: { code: "argument.invalid", effect: "none", detail: { path: "/entry" } },
    });
  },
);

test("an artifact that is no text is refused, by admission and by a run", async () => {
  const artifact = rig.store(Uint8Array.of(0xff, 0xfe));
  expect(await rig.environment.admit(artifact, rig.call())).toMatchObject({ isAdmitted: false });
});

test("admission names what can be called", async () => {
  const artifact = rig.store("export async function one() {}\nexport function two() {}\n");
  const admission = await rig.environment.admit(artifact, rig.call());
  expect(admission).toMatchObject({ isAdmitted: true, entries: ["main", "one", "two"] });
});

test("the same run gives the same receipt; another seed or time gives another", async () => {
  const source = "print(Math.random(), Date.now(), crypto.randomUUID(), performance.now())";
  const instance = await rig.instance(source);
  const first = await rig.run(instance);
  const again = await rig.run(await rig.instance(source));
  const seeded = await rig.run(instance, { seed: new Uint8Array(32).fill(1) });
  const later = await rig.run(instance, { now: 1_800_000_000_000 });
  expect(again.receipt).toBe(first.receipt);
  expect(again.usage.fuel).toBe(first.usage.fuel);
  expect(new Set([first, seeded, later].map((each) => said(each))).size).toBe(3);
});

test("a busy loop that waits for the clock ends, because work moves the clock on", async () => {
  const executed = await rig.once(
    "const end = Date.now() + 20; while (Date.now() < end); print('done')",
  );
  expect(said(executed)).toBe("done\n");
});

test("the normal profile needs the clock and chance of the host, and shows them", async () => {
  const config = { profile: "normal" };
  await expect(rig.once("0", { config })).rejects.toMatchObject({
    fault: { code: "permission.denied" },
  });
  await using real = await openRig({ grants: ["blob:read", "clock", "random"] });
  const source =
    "print(Date.now()); await new Promise((r) => setTimeout(r, 20)); print(Math.random())";
  const [first, second] = [
    await real.once(source, { config }),
    await real.once(source, { config }),
  ];
  expect(Math.abs(Number(said(first).split("\n")[0]) - Date.now())).toBeLessThan(60_000);
  expect(said(second)).not.toBe(said(first));
});

test("dates are in UTC and texts in one locale", async () => {
  const executed = await rig.once(
    "print(new Date(0).getHours(), new Date(0).getTimezoneOffset(), (1234.5).toLocaleString())",
  );
  expect(said(executed)).toMatch(/^0 0 1,?234\.5\n$/);
});
