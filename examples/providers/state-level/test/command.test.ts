// The command line proves the driver, as the guide says.
import { execFile } from "node:child_process";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, test } from "vitest";

const fileOf = (path: string) => fileURLToPath(new URL(path, import.meta.url));
const bedplate = fileOf("../../../../apps/cli/src/main.ts");
const module = fileOf("../src/index.ts");

test("provider conform proves cases in scratch folders and leaves none", async () => {
  const folder = await mkdtemp(join(tmpdir(), "state-level-"));
  const args = ["provider", "conform", `level:${join(folder, "state")}`, "--module", module];
  const only = ["SS1", "SS37", "SS61"].flatMap((id) => ["--only", id]);
  const command = [bedplate, ...args, ...only, "--json"];
  const { stdout } = await promisify(execFile)(process.execPath, command, { timeout: 60_000 });
  const { proved, declared, blocked } = JSON.parse(stdout);
  expect({ proved, declared, blocked }).toEqual({ proved: 11, declared: 11, blocked: 0 });
  expect(await readdir(folder)).toEqual([]);
  await rm(folder, { recursive: true });
});
