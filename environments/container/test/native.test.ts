import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { describeOnHost } from "./describe-on-host.ts";

const native = fileURLToPath(new URL("../native", import.meta.url));
const missing = existsSync("/usr/bin/musl-gcc") ? [] : ["musl-gcc"];
if (process.arch !== "x64") missing.push("an x86-64 processor");

describeOnHost("the programs of this package", missing, () => {
  it("are what their sources build", () => {
    const folder = mkdtempSync(join(tmpdir(), "bpc-native-"));
    try {
      execFileSync("sh", [join(native, "build.sh"), folder]);
      for (const name of ["warden", "relay", "network", "extents", "imprint"].map(
        (name) => `${name}-x86_64`,
      )) {
        const built = readFileSync(join(folder, name));
        expect(built.equals(readFileSync(join(native, "bin", name))), name).toBe(true);
      }
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});
