import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { faultOf, openScratchFolder } from "@bedplate/testkit";
import { expect, test } from "vitest";
import { readSource } from "../src/program-source.ts";

const options = { stdinName: "main" };

test("a folder is its main file, and the others beside it as the guest sees them", () => {
  using folder = openScratchFolder();
  mkdirSync(join(folder.path, "sub"));
  mkdirSync(join(folder.path, ".git"));
  writeFileSync(join(folder.path, "main.py"), "import lib");
  writeFileSync(join(folder.path, "main.js"), "later in the order");
  writeFileSync(join(folder.path, "sub", "data.txt"), "1");
  writeFileSync(join(folder.path, ".git", "config"), "hidden");
  writeFileSync(join(folder.path, ".env"), "SECRET=1");
  const source = readSource(folder.path, options);
  expect(source.name).toBe("/home/guest/main.py");
  expect(Buffer.from(source.bytes).toString()).toBe("import lib");
  expect(Object.keys(source.files).toSorted()).toEqual([
    "/home/guest/main.js",
    "/home/guest/sub/data.txt",
  ]);
});

test("a link in a folder is not followed", () => {
  using folder = openScratchFolder();
  writeFileSync(join(folder.path, "main.py"), "");
  symlinkSync("/etc/passwd", join(folder.path, "passwd"));
  expect(readSource(folder.path, options).files).toEqual({});
});

test("what is not there, and a folder without a main file, are named", async () => {
  using folder = openScratchFolder();
  const read = async (path: string) => readSource(path, options);
  expect(await faultOf(read(join(folder.path, "none.py")))).toMatchObject({
    code: "resource.missing",
  });
  const fault = await faultOf(read(folder.path));
  expect(fault).toMatchObject({ code: "argument.invalid", detail: { path: folder.path } });
  expect(fault.message).toContain("main.py");
});

test("a folder with too many files is refused", async () => {
  using folder = openScratchFolder();
  writeFileSync(join(folder.path, "main.py"), "");
  for (let index = 0; index <= 1_000; index++) writeFileSync(join(folder.path, `${index}`), "");
  const read = async () => readSource(folder.path, options);
  expect((await faultOf(read())).message).toContain("more than 1000 files");
});
