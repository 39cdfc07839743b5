import { defineSchema, foreignSchema, Type } from "@bedplate/schema";
import { expect, test } from "vitest";

const own = defineSchema(
  Type.Object(
    {
      kind: Type.Union([Type.Literal("a"), Type.Literal("b")], { default: "a" }),
      size: Type.Integer({ default: 4, minimum: 1 }),
      inner: Type.Object({ isOn: Type.Boolean({ default: true }) }, { default: {} }),
      list: Type.Array(Type.Object({ weight: Type.Integer({ default: 1 }) }), { default: [] }),
    },
    { additionalProperties: false },
  ),
);
const crossed = foreignSchema(JSON.parse(JSON.stringify(own.jsonSchema)));

test.each([{}, { size: 9 }, { kind: "b", inner: { isOn: false } }, { list: [{}, { weight: 3 }] }])(
  "a schema that crossed a wire fills in the same defaults: %j",
  (value) => {
    expect(crossed.parse(value)).toEqual(own.parse(value));
  },
);

test("defaults do not hide what is wrong, and unknown keys stay unknown", () => {
  expect(() => crossed.parse({ size: 0 })).toThrow("/size");
  expect(() => crossed.parse({ other: 1 })).toThrow("/other");
});

test("the value given is not changed, nor is the default shared", () => {
  const given = { list: [{}] };
  const [first, second] = [crossed.parse({}), crossed.parse({})] as { inner: object }[];
  crossed.parse(given);
  expect(given).toEqual({ list: [{}] });
  expect(first?.inner).not.toBe(second?.inner);
});
