import { isFault } from "@bedplate/errors";
import fc from "fast-check";
import { expect, test } from "vitest";
import { encodeScript, parseScript } from "../src/index.ts";

const bytes = (text: string) => new Uint8Array(Buffer.from(text));

test("parseScript() reads what encodeScript() wrote", () => {
  const script = {
    steps: [{ do: "repeat", steps: [{ do: "spin" }] }],
    entries: { other: [] },
  } as const;
  expect(parseScript(encodeScript(script as never))).toEqual(script);
});

test.each([
  ['{"steps":[{"do":"fly"}]}', "/steps/0/do"],
  ['{"steps":[{"do":"burn","fuel":-1}]}', "/fuel"],
  ['{"steps":[{"do":"burn","fuel":1,"why":1}]}', "/why"],
  ['{"steps":[{"do":"repeat","steps":[{"do":"fly"}]}]}', "/steps/0/steps/0/do"],
  ['{"steps":[],"more":1}', "/more"],
  ["[]", ""],
  ["{", ""],
])("parseScript() refuses %s with the pointer %s", (text, path) => {
  expect(() => parseScript(bytes(text))).toThrow(
    expect.objectContaining({
      fault: expect.objectContaining({ detail: expect.objectContaining({ path }) }),
    }),
  );
});

test("parseScript() answers garbage with argument.invalid only, and never quotes it", () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        fc.json(),
        fc.jsonValue().map((each) => JSON.stringify({ steps: each })),
      ),
      (text) => {
        try {
          parseScript(bytes(text));
        } catch (error) {
          expect(isFault(error, "argument.invalid")).toBe(true);
        }
      },
    ),
    { numRuns: 2_000 },
  );
});
