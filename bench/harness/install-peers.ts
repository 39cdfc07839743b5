import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";

const folder = join(import.meta.dirname, "../peers");

/** Installs the peers where they are missing; answers how to load one, or why there are none. */
export function installPeers(): { readonly require?: NodeJS.Require; readonly reason?: string } {
  const { dependencies } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as {
    readonly dependencies: Readonly<Record<string, string>>;
  };
  const names = Object.keys(dependencies);
  if (!names.every((name) => existsSync(join(folder, "node_modules", name)))) {
    process.stderr.write("Installing what is compared with into bench/peers/node_modules ...\n");
    const flags = ["--ignore-scripts", "--no-package-lock", "--no-audit", "--no-fund"];
    const { status } = spawnSync("npm", ["install", "--prefix", folder, ...flags], {
      stdio: ["ignore", "ignore", "inherit"],
    });
    if (status !== 0) return { reason: `npm install in bench/peers ended with ${status}` };
  }
  return { require: createRequire(join(folder, "package.json")) };
}
