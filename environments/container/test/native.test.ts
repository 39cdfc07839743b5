import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";

const native = fileURLToPath(new URL("../native", import.meta.url));
const canBuild = existsSync("/usr/bin/musl-gcc") && process.arch === "x64";

describe.skipIf(!canBuild)("the programs of this package", () => {
  it("are what their sources build", () => {
    const folder = mkdtempSync(join(tmpdir(), "bpc-native-"));
    try {
      execFileSync("sh", [join(native, "build.sh"), folder]);
      for (const name of ["warden-x86_64", "relay-x86_64"]) {
        const built = readFileSync(join(folder, name));
        expect(built.equals(readFileSync(join(native, "bin", name))), name).toBe(true);
      }
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});
