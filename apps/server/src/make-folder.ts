import { existsSync, mkdirSync } from "node:fs";
import { dirname } from "node:path";
import { raise } from "@bedplate/errors";

/**
 * Makes a folder and the ones above it, for its owner alone. One by one: Node's recursive `mkdirSync`
 * never ends where the file system answers "no such file" to making one, as `/proc` does.
 */
export function makeFolder(path: string): void {
  if (existsSync(path)) return;
  if (dirname(path) !== path) makeFolder(dirname(path));
  try {
    mkdirSync(path, { mode: 0o700 });
  } catch (cause) {
    if (existsSync(path)) return;
    throw raise("argument.invalid", {
      op: "server.open",
      detail: { path: "/data", rule: "must be a folder that can be made" },
      message: `Cannot make the data folder ${path}: ${cause instanceof Error ? cause.message : "unknown"}`,
      cause,
    });
  }
}
