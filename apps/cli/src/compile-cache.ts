import { existsSync, mkdirSync } from "node:fs";
import { enableCompileCache } from "node:module";
import { homedir } from "node:os";
import { join } from "node:path";

/**
 * Keeps what was compiled for the next start, in the user's own cache folder (XDG Base Directory): others
 * must not be able to write there, for what is in it is executed. Where there is no such folder, or
 * `NODE_DISABLE_COMPILE_CACHE` is set, nothing is kept.
 */
export function keepCompiled(): void {
  const home = homedir();
  const base = process.env["XDG_CACHE_HOME"] || join(home, ".cache");
  const parent = process.env["XDG_CACHE_HOME"] || home;
  if (!existsSync(parent)) return;
  const folder = join(base, "bedplate", "compiled");
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
  } catch {
    return;
  }
  enableCompileCache(folder);
}
