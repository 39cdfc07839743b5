import { readFileSync } from "node:fs";
import { expect, test } from "vitest";

const header = readFileSync(new URL("../src/wire.h", import.meta.url), "utf8");
const client = readFileSync(
  new URL("../../../foundation/guest/src/wire-numbers.ts", import.meta.url),
  "utf8",
);

/** The numbers of an enum in C, in its order. */
function numbersOfEnum(name: string): readonly number[] {
  const body = new RegExp(`enum ${name} \\{([^}]*)\\}`).exec(header)?.[1] ?? "";
  let last = -1;
  return body
    .split(",")
    .map((each) => each.trim())
    .filter((each) => each.length > 0 && !each.includes("CHANNELS"))
    .map((each) => {
      const value = /=\s*(\d+)/.exec(each)?.[1];
      last = value === undefined ? last + 1 : Number(value);
      return last;
    });
}

/** The numbers of an object of the client, in its order. */
function numbersOfObject(name: string): readonly number[] {
  const body = new RegExp(`export const ${name} = \\{([^}]*)\\}`).exec(client)?.[1] ?? "";
  return [...body.matchAll(/:\s*(\d+)/g)].map(([, number]) => Number(number));
}

test.for([
  ["frame_kind", "frameKind"],
  ["channel", "channel"],
  ["operation", "operation"],
  ["tag", "tag"],
  ["process_flag", "processFlag"],
  ["file_flag", "fileFlag"],
] as const)("both sides number %s alike", ([ofAgent, ofClient]) => {
  const numbers = numbersOfEnum(ofAgent);
  expect(numbers.length).toBeGreaterThan(3);
  expect(numbersOfObject(ofClient)).toEqual(numbers);
});
