import { afterAll, beforeAll, expect, test } from "vitest";
import { answered, openRig, type Rig, said } from "./rig.ts";

let rig: Rig;
beforeAll(async () => {
  rig = await openRig();
});
afterAll(() => rig[Symbol.asyncDispose]());

const session = { session: true };
const counting = "globalThis.count = (globalThis.count ?? 0) + 1; print(count); count";

test("without a session every run starts from nothing", async () => {
  const instance = await rig.instance(counting);
  for (let i = 0; i < 3; i++) expect(said(await rig.run(instance))).toBe("1\n");
});

test("a session remembers, and answers with the value of the last expression", async () => {
  const instance = await rig.instance(counting, session);
  for (const expected of ["1", "2", "3"]) {
    expect(answered(await rig.run(instance))).toBe(expected);
  }
});

test("`eval` runs new code in a session, and names may be declared again", async () => {
  const instance = await rig.instance("const start = 40; let shift = 1; class Box {}", session);
  await rig.run(instance);
  const evaluate = async (code: string) =>
    answered(await rig.run(instance, { entry: "eval", input: { args: [code] } }));
  expect(await evaluate("start + shift")).toBe("41");
  expect(await evaluate("const start = 1; let { shift } = { shift: 2 }; start + shift")).toBe("3");
  expect(await evaluate("start + await Promise.resolve(shift)")).toBe("3");
  await rig.run(instance);
  expect(await evaluate("start + shift")).toBe("41");
  expect(
    await evaluate(`for (const start of [7]) start; \`\${\`const shift = \${start}\`}\``),
  ).toBe('"const shift = 40"');
});

test("`eval` is for sessions, and takes one text", async () => {
  const plain = await rig.instance("0");
  await expect(rig.run(plain, { entry: "eval", input: { args: ["1"] } })).rejects.toMatchObject({
    fault: { code: "argument.invalid", detail: { path: "/entry" } },
  });
  const instance = await rig.instance("0", session);
  await expect(rig.run(instance, { entry: "eval" })).rejects.toMatchObject({
    fault: { code: "argument.invalid", detail: { path: "/args/0" } },
  });
});

test.each([
  ["an exception", "count = 100; throw new Error()", {}],
  ["the end of its fuel", "count = 100; for (;;);", { fuel: 5_000_000 }],
  [
    "the end of its memory",
    "count = 100; for (let all = [];;) all.push([])",
    { memoryBytes: 2 ** 23 },
  ],
  ["an exit code", "count = 100; exit(2)", {}],
])("a run that ends by %s leaves a session as it was", async (_, code, budget) => {
  const instance = await rig.instance(counting, session);
  await rig.run(instance);
  const before = await instance.facets.rewind.digest(rig.call());
  const failed = await rig.run(instance, { entry: "eval", input: { args: [code] }, budget });
  expect(failed.outcome.kind).not.toBe("returned");
  expect(await instance.facets.rewind.digest(rig.call())).toBe(before);
  expect(answered(await rig.run(instance))).toBe("2");
});

test("a session lives on in a memory that grew, and rewinds to one that had not", async () => {
  const instance = await rig.instance(counting, session);
  await rig.run(instance);
  const small = await instance.facets.rewind.digest(rig.call());
  const mark = await instance.facets.rewind.mark(rig.call());
  const grow = "globalThis.kept = new Uint8Array(8_000_000).fill(7); kept.length";
  await rig.run(instance, { entry: "eval", input: { args: [grow] } });
  const kept = await rig.run(instance, { entry: "eval", input: { args: ["kept[7_999_999]"] } });
  expect(answered(kept)).toBe("7");
  await instance.facets.rewind.rewind(mark, rig.call());
  expect(await instance.facets.rewind.digest(rig.call())).toBe(small);
  expect(answered(await rig.run(instance))).toBe("2");
});

test("exit(0) in a session keeps what was done", async () => {
  const instance = await rig.instance(counting, session);
  await rig.run(instance, { entry: "eval", input: { args: ["globalThis.count = 5; exit()"] } });
  expect(answered(await rig.run(instance))).toBe("6");
});
