import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { openScratchFolder } from "@bedplate/testkit";
import { expect, it } from "vitest";
import { describeOnHost } from "./describe-on-host.ts";

const native = fileURLToPath(new URL("../native", import.meta.url));
const canBuild = existsSync("/usr/bin/musl-gcc") && process.arch === "x64";
const missing = canBuild ? [] : ["musl-gcc, or an x86-64 processor"];

describeOnHost("the unpacker", missing, () => {
  it("is what its source builds", () => {
    using folder = openScratchFolder("bpo-native");
    execFileSync("sh", [join(native, "build.sh"), folder.path]);
    const built = readFileSync(join(folder.path, "unpack-x86_64"));
    expect(built.equals(readFileSync(join(native, "bin", "unpack-x86_64")))).toBe(true);
  });
});
