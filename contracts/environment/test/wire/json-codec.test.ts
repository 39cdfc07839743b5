import { defineSchema, Type } from "@bedplate/schema";
import fc from "fast-check";
import { expect, test } from "vitest";
import { readEnvelopes, writeEnvelope } from "../../src/wire/connect/envelope.ts";
import { fromJson, pluginOperations, toJson } from "../../src/wire/index.ts";

const { jsonSchema: execution, accepts } = pluginOperations.Run.response;

/** What crosses a wire of JSON. */
function through(schema: typeof execution, value: unknown): unknown {
  return fromJson(schema, JSON.parse(JSON.stringify(toJson(value))));
}

const bytes = fc.uint8Array({ maxLength: 64 }).map((each) => new Uint8Array(each));

test("every execution crosses JSON as it is", () => {
  const outcome = fc.oneof(
    fc.record({ kind: fc.constantFrom("returned", "reverted"), output: bytes }),
    fc.record({ kind: fc.constantFrom("returned"), output: bytes, exitCode: fc.integer() }),
    fc.record({ kind: fc.constantFrom("trapped", "refused"), reason: fc.string() }),
    fc.record({ kind: fc.constant("exhausted"), meter: fc.constantFrom("fuel", "wallMs") }),
  );
  const usage = { fuel: 1, wallMs: 1.5, cpuMs: 0, memoryBytes: 0, outputBytes: 2 };
  const write = fc.record({ key: bytes, value: fc.option(bytes) });
  const event = fc.record({ topic: fc.string(), data: bytes });
  fc.assert(
    fc.property(outcome, fc.array(write), fc.array(event), (made, writes, events) => {
      const value = { outcome: made, usage, writes, events };
      const read = through(execution, value);
      expect(read).toEqual(value);
      expect(accepts(read)).toBe(true);
    }),
  );
});

test("what protobuf's mapping leaves out comes back as its zero", () => {
  const read = fromJson(execution, {
    outcome: { kind: "returned" },
    usage: { wallMs: 2 },
    writes: [{ key: "YQ==" }],
  });
  expect(read).toEqual({
    outcome: { kind: "returned", output: new Uint8Array() },
    usage: { fuel: 0, wallMs: 2, cpuMs: 0, memoryBytes: 0, outputBytes: 0 },
    writes: [{ key: new Uint8Array([97]), value: null }],
    events: [],
  });
  expect(fromJson(pluginOperations.Admit.response.jsonSchema, { reason: "no" })).toEqual({
    isAdmitted: false,
    reason: "no",
  });
  expect(fromJson(pluginOperations.Stop.response.jsonSchema, { code: 3 })).toEqual({
    code: 3,
    signal: null,
    isOutOfMemory: false,
    at: 0,
  });
});

test("whole numbers may be texts, unknown members stay, and null means left out", () => {
  const { jsonSchema } = defineSchema(
    Type.Object({ fuel: Type.Integer(), wallMs: Type.Optional(Type.Number()) }),
  );
  expect(fromJson(jsonSchema, { fuel: "17", wallMs: null, later: { a: 1 } })).toEqual({
    fuel: 17,
    later: { a: 1 },
  });
});

test("bytes that are not base64 are refused", () => {
  expect(() => fromJson(pluginOperations.Run.notice?.jsonSchema ?? {}, { data: "!" })).toThrow(
    /base64/,
  );
});

test("reading JSON never throws anything but a fault, and touches no prototype", () => {
  fc.assert(
    fc.property(fc.json(), (text) => {
      try {
        fromJson(execution, JSON.parse(text));
      } catch (error) {
        expect((error as Error).name).toBe("FaultError");
      }
    }),
  );
  fromJson(execution, JSON.parse('{"__proto__":{"polluted":1}}'));
  expect(({} as { readonly polluted?: unknown }).polluted).toBeUndefined();
});

test("envelopes are read however they are cut", async () => {
  const values = [{ a: 1 }, {}, { long: "x".repeat(1000) }];
  const all = Buffer.concat([
    ...values.map((value) => writeEnvelope({ isEnd: false, value })),
    writeEnvelope({ isEnd: true, value: {} }),
  ]);
  await fc.assert(
    fc.asyncProperty(fc.array(fc.integer({ min: 1, max: 50 }), { minLength: 1 }), async (sizes) => {
      const source = (async function* () {
        for (let at = 0, i = 0; at < all.length; i++) {
          const size = sizes[i % sizes.length] ?? 1;
          yield all.subarray(at, at + size);
          at += size;
        }
      })();
      const read = await Array.fromAsync(readEnvelopes(source));
      expect(read.map((each) => each.value)).toEqual([...values, {}]);
      expect(read.at(-1)?.isEnd).toBe(true);
    }),
    { numRuns: 30 },
  );
});

test.for([
  ["too long", Buffer.from([0, 255, 255, 255, 255]), /more than/],
  ["compressed", Buffer.from([1, 0, 0, 0, 0]), /unknown flags/],
  ["cut off", Buffer.from([0, 0, 0, 0, 9, 1]), /ends within/],
  ["no JSON", Buffer.from([0, 0, 0, 0, 1, 33]), /no JSON/],
] as const)("an envelope that is %s is refused", async ([, part, words]) => {
  const source = (async function* () {
    yield part;
  })();
  await expect(Array.fromAsync(readEnvelopes(source))).rejects.toThrow(words);
});
