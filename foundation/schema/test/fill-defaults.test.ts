import { foreignSchema } from "@bedplate/schema";
import { expect, test } from "vitest";

const document = {
  type: "object",
  properties: {
    threads: { type: "integer", default: 2 },
    names: { type: "array", items: { type: "string" }, default: [] },
    inner: { type: "object", properties: { depth: { type: "integer", default: 3 } } },
  },
  required: ["threads"],
  additionalProperties: false,
};

test("a schema from a wire fills in its defaults", () => {
  const schema = foreignSchema(JSON.parse(JSON.stringify(document)));
  expect(schema.parse({})).toEqual({ threads: 2, names: [] });
  expect(schema.parse({ threads: 5, inner: {} })).toEqual({
    threads: 5,
    names: [],
    inner: { depth: 3 },
  });
});

test("a default is never shared, and what was given is not changed", () => {
  const schema = foreignSchema(document);
  const given = {};
  const first = schema.parse(given) as { names: string[] };
  first.names.push("mine");
  expect(schema.parse({})).toEqual({ threads: 2, names: [] });
  expect(given).toEqual({});
});
