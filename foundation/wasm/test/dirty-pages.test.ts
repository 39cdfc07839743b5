import fc from "fast-check";
import { expect, test } from "vitest";
import { compileMetered, type EngineMemory, type MeteredInstance } from "../src/index.ts";
import { buildModule, type TestFunction } from "./support/build-module.ts";

const pageBytes = 4096;
const memoryBytes = 2 * 65_536;

/** One export per kind of write: takes an address, writes something else than zero there. */
const ones = Array.from({ length: 16 }, () => 255).join(" ");
const plain = (name: string, type: string): TestFunction => ({
  name,
  params: "i32",
  code: `local.get 0; ${type}.const -1; ${name} offset=3`,
});
const lane = (name: string): TestFunction => ({
  name,
  params: "i32",
  code: `local.get 0; v128.const ${ones}; ${name} offset=3 0`,
});
const range = (name: string, code: string): TestFunction => ({ name, params: "i32", code });

const writes: readonly (TestFunction & { readonly size: number; readonly align?: number })[] = [
  ...[
    ["i32.store8", "i32", 1],
    ["i32.store16", "i32", 2],
    ["i32.store", "i32", 4],
    ["i64.store32", "i64", 4],
    ["i64.store", "i64", 8],
    ["f32.store", "f32", 4],
    ["f64.store", "f64", 8],
  ].map(([name, type, size]) => ({
    ...plain(name as string, type as string),
    size: size as number,
  })),
  {
    name: "v128.store",
    params: "i32",
    code: `local.get 0; v128.const ${ones}; v128.store offset=3`,
    size: 16,
  },
  { ...lane("v128.store8_lane"), size: 1 },
  { ...lane("v128.store64_lane"), size: 8 },
  {
    name: "add",
    params: "i32",
    code: "local.get 0; i32.const 9; i32.atomic.rmw.add align=4 offset=4; drop",
    size: 4,
    align: 4,
  },
  {
    name: "swap",
    params: "i32",
    code: "local.get 0; i64.const 0; i64.const 5; i64.atomic.rmw.cmpxchg align=8 offset=8; drop",
    size: 8,
    align: 8,
  },
  { name: "set", params: "i32", code: "local.get 0; i64.const 7; i64.atomic.store8", size: 1 },
  { ...range("fill", "local.get 0; i32.const 1; i32.const 9000; memory.fill 0"), size: 9000 },
  { ...range("copy", "local.get 0; i32.const 70000; i32.const 5000; memory.copy 0 0"), size: 5000 },
  { ...range("init", "local.get 0; i32.const 0; i32.const 3; memory.init 0 0"), size: 3 },
  { ...range("nothing", "local.get 0; i32.const 1; i32.const 0; memory.fill 0"), size: 0 },
];

function open(): MeteredInstance {
  const bytes = buildModule({
    memories: [{ min: 2, max: 2, name: "memory" }],
    data: [{ bytes: [1, 2, 3] }, { at: 70_000, bytes: Array.from({ length: 5000 }, () => 5) }],
    functions: writes,
  });
  const instance = compileMetered(bytes, { exportState: true, dirtyPages: true }).instantiate();
  instance.allow({});
  return instance;
}

function bytesOf(instance: MeteredInstance): Uint8Array {
  return new Uint8Array((instance.exports["memory"] as EngineMemory).buffer);
}

function changedPages(before: Uint8Array, after: Uint8Array): readonly number[] {
  const pages: number[] = [];
  for (let at = 0; at < before.length; at += pageBytes) {
    const isSame =
      Buffer.compare(before.subarray(at, at + pageBytes), after.subarray(at, at + pageBytes)) === 0;
    if (!isSame) pages.push(at);
  }
  return pages;
}

const step = fc.record({
  write: fc.nat(writes.length - 1),
  at: fc.oneof(
    fc.nat(memoryBytes + 20),
    fc.nat(32).map((page) => Math.max(0, page * pageBytes - 6)),
  ),
});

test("every changed page is marked, and restoring the marked pages restores the memory", () => {
  const instance = open();
  const base = instance.save();
  const original = bytesOf(instance).slice();
  fc.assert(
    fc.property(fc.array(step, { maxLength: 12 }), (steps) => {
      for (const { write, at } of steps) {
        const { name = "", align = 1 } = writes[write] as (typeof writes)[number];
        instance.call(name, at - (at % align));
      }
      const marked = new Set(instance.dirtyPages(0, memoryBytes));
      for (const page of changedPages(original, bytesOf(instance))) expect(marked).toContain(page);
      expect(instance.restore(base)).toBe("restored");
      expect(Buffer.compare(bytesOf(instance), original)).toBe(0);
      expect([...instance.dirtyPages(0, memoryBytes)]).toEqual([]);
    }),
    { numRuns: 500 },
  );
});

test.each(writes)(
  "$name marks the pages that it touches and no other",
  ({ name = "", size, align = 1 }) => {
    const instance = open();
    instance.save();
    const at = 3 * pageBytes - align;
    instance.call(name, at);
    const marked = [...instance.dirtyPages(0, memoryBytes)];
    const touched = changedPages(open().save().memories[0] as Uint8Array, bytesOf(instance));
    expect(marked.length).toBeLessThanOrEqual(Math.ceil(size / pageBytes) + 1);
    for (const page of touched) expect(marked).toContain(page);
    expect(marked.length === 0).toBe(size === 0);
  },
);

test("writes of the host count when it says so", () => {
  const instance = open();
  const base = instance.save();
  bytesOf(instance)[5000] = 1;
  instance.noteWrite(0, { start: 5000, length: 1 });
  expect([...instance.dirtyPages(0, memoryBytes)]).toEqual([4096]);
  instance.restore(base);
  expect(bytesOf(instance)[5000]).toBe(0);
});

test("saving again into the same buffers copies what was written in between", () => {
  const instance = open();
  const first = instance.save();
  instance.call("i32.store", 40_000);
  const second = instance.save(first);
  expect(second.memories[0]).toBe(first.memories[0]);
  expect(Buffer.compare(second.memories[0] as Uint8Array, bytesOf(instance))).toBe(0);
});
