import { expect, test } from "vitest";
import { parseRelease } from "../src/release-name.ts";
import { UsageError } from "../src/usage-error.ts";

test("name@version is taken apart", () => {
  expect(parseRelease("wasm@0.1.0")).toEqual({ name: "wasm", version: "0.1.0" });
});

test.each(["", "wasm", "@1.0.0", "wasm@", "a@b@c"])("%j is no release", (text) => {
  expect(() => parseRelease(text)).toThrow(UsageError);
});
