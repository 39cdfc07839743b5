// The command line proves the driver, as the guide says.
import { execFile } from "node:child_process";
import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, test } from "vitest";

const fileOf = (path: string) => fileURLToPath(new URL(path, import.meta.url));
const bedplate = fileOf("../../../../apps/cli/src/main.ts");
const module = fileOf("../src/index.ts");

async function run(args: readonly string[]): Promise<Readonly<Record<string, unknown>>> {
  const command = [bedplate, "provider", ...args, "--json"];
  const { stdout } = await promisify(execFile)(process.execPath, command, { timeout: 60_000 });
  return JSON.parse(stdout);
}

test("provider conform proves cases in scratch folders and leaves none", async () => {
  const folder = await mkdtemp(join(tmpdir(), "state-level-"));
  const url = `level:${join(folder, "state")}`;
  const only = ["SS1", "SS37", "SS61"].flatMap((id) => ["--only", id]);
  const report = await run(["conform", url, "--module", module, ...only]);
  expect(report).toMatchObject({ proved: 11, declared: 11, blocked: 0 });
  expect(await readdir(folder)).toEqual([]);
  await rm(folder, { recursive: true });
});

test("provider ls shows a provider that the configuration names, and that it is used", async () => {
  const folder = await mkdtemp(join(tmpdir(), "state-level-"));
  const file = join(folder, "bedplate.json");
  const providers = { modules: [module], state: "level:state" };
  await writeFile(file, JSON.stringify({ providers }));
  const { providers: found } = await run(["ls", "--config", file]);
  const shown = { contract: "state", name: "state-level", url: "level:state" };
  expect(found).toContainEqual(expect.objectContaining(shown));
  await rm(folder, { recursive: true });
});
