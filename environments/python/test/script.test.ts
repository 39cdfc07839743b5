import { expect, test } from "vitest";
import { readScript, scriptBytesMax } from "../src/host/script.ts";

const read = (text: string) => readScript(new TextEncoder().encode(text));

test("a script's entries are main and its functions at the top level", () => {
  const text =
    "def add(a): ...\nasync def later(): ...\nclass A:\n    def inner(self): ...\ndef _own(): ...\n";
  expect(read(text)).toEqual({ isScript: true, entries: ["main", "add", "later"] });
  expect(read("def main(): ...\ndef typed[T](x: T): ...\n")).toEqual({
    isScript: true,
    entries: ["main", "typed"],
  });
});

test("what is no text is no script", () => {
  expect(readScript(Uint8Array.of(0x70, 0xff))).toMatchObject({ isScript: false });
  expect(readScript(Uint8Array.of(0x70, 0x00))).toMatchObject({ isScript: false });
  expect(readScript(new Uint8Array(scriptBytesMax + 1).fill(32))).toMatchObject({
    isScript: false,
  });
  expect(readScript(new Uint8Array(scriptBytesMax).fill(32))).toMatchObject({ isScript: true });
});
