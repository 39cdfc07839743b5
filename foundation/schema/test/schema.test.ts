import { expect, test } from "vitest";
import { defineSchema, foreignSchema, Type } from "../src/index.ts";

const type = Type.Object(
  {
    port: Type.Integer({ default: 80, minimum: 1 }),
    inner: Type.Object({ on: Type.Boolean({ default: true }) }, { default: {} }),
    named: Type.Record(
      Type.String({ pattern: "^[a-z]+$" }),
      Type.Object({ size: Type.Integer({ default: 3 }) }),
      { default: {}, additionalProperties: false },
    ),
  },
  { additionalProperties: false },
);

test.for([
  ["own", defineSchema(type)],
  ["foreign", foreignSchema(JSON.parse(JSON.stringify(type)))],
] as const)(
  "an %s schema fills defaults at every level, and leaves the value alone",
  ([, schema]) => {
    const value = { named: { a: {} } };
    expect(schema.parse(value)).toEqual({
      port: 80,
      inner: { on: true },
      named: { a: { size: 3 } },
    });
    expect(value).toEqual({ named: { a: {} } });
  },
);

test.for([
  [{ port: 0 }, "/port", "breaks minimum 1"],
  [{ port: "x" }, "/port", "must be of type integer"],
  [{ other: 1 }, "/other", "is not a known key"],
  [{ named: { A: {} } }, "/named/A", "is not a known key"],
  [null, "", "must be of type object"],
] as const)("parse(%j) points at %s", ([value, path, rule]) => {
  expect(() => defineSchema(type).parse(value)).toThrow(
    expect.objectContaining({
      fault: expect.objectContaining({ detail: expect.objectContaining({ path, rule }) }),
    }),
  );
});

test("a key that is called __proto__ is a key like any other", () => {
  const value = JSON.parse('{ "__proto__": { "port": 1 } }');
  expect(() => defineSchema(type).parse(value)).toThrow(/__proto__ is not a known key/);
});

test("bytes pass through uncopied", () => {
  const schema = defineSchema(Type.Object({ bytes: Type.Unsafe<Uint8Array>({}) }));
  const bytes = new Uint8Array(3);
  expect((schema.parse({ bytes }) as { bytes: Uint8Array }).bytes).toBe(bytes);
});
