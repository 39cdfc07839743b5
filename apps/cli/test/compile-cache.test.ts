import { execFileSync } from "node:child_process";
import { chmodSync } from "node:fs";
import { join } from "node:path";
import { openScratchFolder } from "@bedplate/testkit";
import { expect, test } from "vitest";

const source = new URL("../src/compile-cache.ts", import.meta.url);
const script = `
  import { getCompileCacheDir } from "node:module";
  import { keepCompiled } from ${JSON.stringify(source)};
  keepCompiled();
  process.stdout.write(String(getCompileCacheDir() !== undefined));
`;

/** Whether a process keeps what it compiled. */
function isKept(cache: string): boolean {
  const { NODE_DISABLE_COMPILE_CACHE: _, NODE_COMPILE_CACHE: _cache, ...rest } = process.env;
  const env = { ...rest, XDG_CACHE_HOME: cache };
  const words = ["--input-type=module", "--eval", script];
  return execFileSync(process.execPath, words, { env, encoding: "utf8" }) === "true";
}

test("what was compiled is kept in a folder that only its user writes to, and in no other", () => {
  using scratch = openScratchFolder();
  const folder = join(scratch.path, "bedplate", "compiled");
  expect(isKept(scratch.path)).toBe(true);
  for (const mode of [0o777, 0o720, 0o702]) {
    chmodSync(folder, mode);
    expect([mode, isKept(scratch.path)]).toEqual([mode, false]);
  }
  chmodSync(folder, 0o755);
  expect(isKept(scratch.path)).toBe(true);
});
