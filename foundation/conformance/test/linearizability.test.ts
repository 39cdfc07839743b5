import { raise } from "@bedplate/errors";
import fc from "fast-check";
import { expect, test } from "vitest";
import {
  checkLinearizable,
  HistoryRecorder,
  type Operation,
  type QueueInput,
  type QueueOutput,
  queueModel,
  type RegistersInput,
  type RegistersOutput,
  registersModel,
} from "../src/linearizability/index.ts";

type Registers = Operation<RegistersInput, RegistersOutput>;
type Queue = Operation<QueueInput, QueueOutput>;

function write(span: readonly [number, number?], put: Record<string, string | null>): Registers {
  return operation(span, { kind: "write", expect: {}, put }, "written");
}

function swap(
  span: readonly [number, number?],
  [from, to]: readonly [string | null, string],
  output: "written" | "refused",
): Registers {
  return operation(span, { kind: "write", expect: { a: from }, put: { a: to } }, output);
}

function read(span: readonly [number, number?], values: Record<string, string | null>): Registers {
  return operation(span, { kind: "read", keys: Object.keys(values) }, values);
}

function operation<Input, Output>(
  [startedAt, at]: readonly [number, number?],
  input: Input,
  output: Output,
): Operation<Input, Output> {
  const answer = at === undefined ? undefined : { output, at };
  return { caller: `c${startedAt}`, input, startedAt, answer };
}

function kindOf(history: readonly Registers[]): string {
  return checkLinearizable(history, registersModel).kind;
}

test("operations that overlap may have happened in either order", () => {
  const writes = [write([0, 10], { a: "1" }), write([0, 10], { a: "2" })];
  expect(kindOf([...writes, read([11, 12], { a: "1" })])).toBe("linearizable");
  expect(kindOf([...writes, read([11, 12], { a: "2" })])).toBe("linearizable");
  expect(kindOf([...writes, read([5, 6], { a: null })])).toBe("linearizable");
});

test("a read that began after a write was answered sees it", () => {
  expect(kindOf([write([0, 1], { a: "1" }), read([2, 3], { a: null })])).toBe("violated");
  const twice = [write([0, 9], { a: "1" }), read([1, 2], { a: "1" }), read([3, 4], { a: null })];
  expect(kindOf(twice)).toBe("violated");
});

test("two compare-and-sets of one value cannot both succeed", () => {
  const first = swap([0, 9], [null, "1"], "written");
  expect(kindOf([first, swap([0, 9], [null, "2"], "written")])).toBe("violated");
  expect(kindOf([first, swap([0, 9], [null, "2"], "refused")])).toBe("linearizable");
  expect(kindOf([first, swap([10, 11], ["1", "2"], "refused")])).toBe("violated");
});

test("keys that are written together are seen together", () => {
  const both = write([0, 9], { a: "1", b: "1" });
  expect(kindOf([both, read([1, 2], { a: "1", b: null })])).toBe("violated");
  expect(kindOf([both, read([1, 2], { a: "1", b: "1" })])).toBe("linearizable");
});

test("a write without an answer happened at any later time, or never, but not twice", () => {
  const open = write([0], { a: "1" });
  const none = read([1, 2], { a: null });
  expect(kindOf([open, none])).toBe("linearizable");
  expect(kindOf([open, none, read([3, 4], { a: "1" })])).toBe("linearizable");
  const back = [read([3, 4], { a: "1" }), write([5, 6], { a: "2" }), read([7, 8], { a: "1" })];
  expect(kindOf([open, ...back])).toBe("violated");
});

test("a violation shows the shortest beginning that has no order", () => {
  const history = [
    write([0, 1], { a: "1" }),
    read([2, 3], { a: "stale" }),
    write([4, 5], { a: "late" }),
  ];
  const result = checkLinearizable(history, registersModel);
  expect(result).toEqual({
    kind: "violated",
    text: [
      "No order of these 2 operations explains them; the longest holds 1:",
      '  [0 .. 1] c0: {"kind":"write","expect":{},"put":{"a":"1"}} -> "written"',
      'Then the state is [["a","1"]], and none of these can be next:',
      '  [2 .. 3] c2: {"kind":"read","keys":["a"]} -> {"a":"stale"}',
    ].join("\n"),
  });
});

test("a search that takes too long says so", () => {
  const history = Array.from({ length: 30 }, (_, i) => write([0, 100], { a: String(i) }));
  const wrong = read([101, 102], { a: "none of them" });
  const { kind } = checkLinearizable([...history, wrong], registersModel, { stepsMax: 1_000 });
  expect(kind).toBe("undecided");
});

test("parts are checked by themselves", () => {
  const perKey = {
    ...registersModel,
    partOf: (input: RegistersInput) => JSON.stringify(keys(input)),
  };
  const many = Array.from({ length: 8 }, (_, key) =>
    Array.from({ length: 10 }, (_, i) => write([0, 100], { [key]: String(i) })),
  ).flat();
  expect(checkLinearizable(many, perKey, { stepsMax: 200 }).kind).toBe("linearizable");
});

function keys(input: RegistersInput): readonly string[] {
  return input.kind === "read" ? input.keys : Object.keys(input.put);
}

test("what a lock-protected map did under chance is linearizable, and with one answer changed it is not", () => {
  const choice = fc.record({
    caller: fc.nat({ max: 3 }),
    key: fc.constantFrom("a", "b"),
    isRead: fc.boolean(),
    lead: fc.nat({ max: 5 }),
    lag: fc.nat({ max: 5 }),
  });
  const property = fc.property(fc.array(choice, { minLength: 1, maxLength: 40 }), (choices) => {
    const values: Record<string, string> = {};
    // Each operation takes effect at a point of its own and spans some time around it.
    const history = choices.map(({ key, isRead, lead, lag }, i) => {
      const span = [i * 2 - lead, i * 2 + lag + 1] as const;
      if (isRead) return read(span, { [key]: values[key] ?? null });
      values[key] = `v${i}`;
      return write(span, { [key]: `v${i}` });
    });
    expect(kindOf(history)).toBe("linearizable");
    const forged = read([choices.length * 2 + 9, choices.length * 2 + 10], { a: "never written" });
    expect(kindOf([...history, forged])).toBe("violated");
  });
  fc.assert(property, { numRuns: 200 });
});

test("a queue that leases a job to two holders at once is caught, also by a lost acknowledgement", () => {
  const enqueue: Queue = operation([0, 1], { kind: "enqueue", job: "j" }, "done");
  const first: Queue = operation([2, 9], { kind: "lease" }, { job: "j", token: "t1" });
  const second: Queue = operation([2, 9], { kind: "lease" }, { job: "j", token: "t2" });
  const check = (...history: readonly Queue[]) => checkLinearizable(history, queueModel).kind;
  expect(check(enqueue, first, operation([3, 4], { kind: "lease" }, null))).toBe("linearizable");
  expect(check(enqueue, first, second)).toBe("violated");
  const expired: Queue = operation([3], { kind: "expire", job: "j", token: "t1" }, "done");
  expect(check(enqueue, first, expired, second)).toBe("linearizable");
  const acknowledge = (output: QueueOutput): Queue =>
    operation([10, 11], { kind: "acknowledge", job: "j", token: "t1" }, output);
  expect(check(enqueue, first, expired, second, acknowledge("lost"))).toBe("linearizable");
  expect(check(enqueue, first, acknowledge("lost"))).toBe("violated");
  const empty: Queue = operation([12, 13], { kind: "lease" }, null);
  expect(check(enqueue, first, acknowledge("done"), empty)).toBe("linearizable");
  expect(check(enqueue, empty)).toBe("violated");
});

test("the recorder leaves out what did not happen and keeps open what nobody knows", async () => {
  const recorder = new HistoryRecorder<string, string>();
  const fail = (code: "provider.unavailable" | "provider.indeterminate") => async () => {
    throw raise(code, { op: "test", detail: { provider: "test" }, message: "Cannot test: no" });
  };
  expect(await recorder.record("a", "one", async () => "done")).toBe("done");
  expect(await recorder.record("a", "two", fail("provider.unavailable"))).toBeUndefined();
  expect(await recorder.record("a", "three", fail("provider.indeterminate"))).toBeUndefined();
  await expect(
    recorder.record("a", "four", () => Promise.reject(new Error("bug"))),
  ).rejects.toThrow("bug");
  expect(recorder.history).toEqual([
    { caller: "a", input: "one", startedAt: 0, answer: { output: "done", at: 1 } },
    { caller: "a", input: "three", startedAt: 3 },
  ]);
});
