import { spawnSync } from "node:child_process";
import { cpSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { openScratchFolder } from "@bedplate/testkit";
import { expect, test } from "vitest";
import { bedplate, house, up } from "./bedplate.ts";

const longMs = 240_000;
const hasPython = spawnSync("python3", ["--version"]).status === 0;
if (!hasPython)
  process.stdout.write("left out: python3 is not on PATH, so no plug-in in Python ran\n");

const example = join(house, "examples/plugins/echo-python");
const off = { isEnabled: false };

test.runIf(hasPython)(
  "a plug-in is registered and bound on a running server, and a command without one runs it too",
  async () => {
    using scratch = openScratchFolder();
    const at = (name: string) => join(scratch.path, name);
    const folder = at("plugins/echo");
    cpSync(example, folder, { recursive: true });
    const config = {
      plugins: { folder: at("plugins") },
      environments: { wasm: off, javascript: off, python: off },
    };
    writeFileSync(at("config.json"), JSON.stringify(config));
    writeFileSync(at("word"), "upper");
    writeFileSync(at("text"), "quiet");
    const options = { data: at("data"), variables: { BEDPLATE_CONFIG: at("config.json") } };
    const run = ["run", at("word"), "--env", "echo", "--input", at("text"), "--no-receipt"];
    {
      await using _server = await up(at("data"), ["--config", at("config.json")]);
      const command = ["--command", "python3 plugin.py", "--grant", "blob:read"];
      const registered = await bedplate(["releases", "register", ...command], {
        ...options,
        cwd: folder,
      });
      expect(registered.stdout).toMatch(/^echo-python@1\.0\.0 registered, files sha256:\w{64}\n$/);
      const bound = await bedplate(["slots", "bind", "echo", "echo-python@1.0.0"], options);
      expect(bound.stdout).toBe("echo echo-python@1.0.0 generation 1\n");
      expect(await bedplate(run, options)).toMatchObject({ code: 0, stdout: "QUIET\n" });
    }
    expect(await bedplate(run, options)).toMatchObject({ code: 0, stdout: "QUIET\n" });
    writeFileSync(join(folder, "more.py"), "");
    const changed = await bedplate(run, options);
    expect(changed.code).toBe(69);
    expect(changed.stderr).toContain("its files are not the ones that were named");
    expect((await bedplate(["slots", "unbind", "echo"], options)).stdout).toBe("echo unbound\n");
    expect((await bedplate(run, options)).code).toBe(66);
  },
  longMs,
);
